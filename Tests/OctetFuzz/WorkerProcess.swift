import Foundation

/// A ``Worker`` in a process of its own, and what it says.
final class WorkerProcess {
    enum End {
        case complete
        /// It died at this mutation.
        case died(number: Int, reason: String)
    }

    private let process = Process()
    private let output = Pipe()
    private let errorPath: String
    private var pending: [UInt8] = []

    init(arguments: [String], folder: String) throws {
        errorPath = folder + "/errors.txt"
        try Data().write(to: URL(filePath: errorPath))
        process.executableURL = URL(filePath: CommandLine.arguments[0])
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: URL(filePath: errorPath))
        try process.run()
    }

    /// The last of what it wrote to standard error.
    var errors: String { String((try? String(contentsOfFile: errorPath, encoding: .utf8))?.suffix(4000) ?? "") }

    /// Follows it to its end.
    /// - Parameters:
    ///   - silence: seconds without a word after which it is taken to be stuck.
    ///   - report: receives each mutation's number and what is said of it.
    func follow(from first: Int, silence: Int, report: (Int, String) -> Void) -> End {
        var number = first
        var isComplete = false
        while let line = nextLine(silence: silence) {
            if line == "end" {
                isComplete = true
            } else if line.hasPrefix("start ") {
                number = Int(line.dropFirst(6)) ?? number
            } else {
                report(number, line)
            }
        }
        if process.isRunning, isSilent { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        let status = process.terminationStatus
        if isComplete, status == 0 { return .complete }
        if isSilent { return .died(number: number, reason: "hang: no end after \(silence) seconds") }
        guard process.terminationReason == .uncaughtSignal else {
            return .died(number: number, reason: "exit code \(status)")
        }
        return .died(number: number, reason: status == SIGPROF ? "hang: too much computing" : "crash: signal \(status)")
    }

    private var isSilent = false

    private func nextLine(silence: Int) -> String? {
        while true {
            if let end = pending.firstIndex(of: 10) {
                defer { pending.removeFirst(end + 1) }
                return String(decoding: pending[..<end], as: UTF8.self)
            }
            let descriptor = output.fileHandleForReading.fileDescriptor
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&poller, 1, Int32(silence * 1000))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else {
                isSilent = true
                return nil
            }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return nil }
            pending += chunk[..<count]
        }
    }
}
