import ArgumentParser
import Foundation

/// The process that meets the damaged files. It says on standard output which one is next and how each went, so that
/// whoever started it knows where it died.
struct Worker: ParsableCommand {
    static let configuration = CommandConfiguration(shouldDisplay: false)

    @Option var seedList: String
    @Option var seed: UInt64
    @Option var from: Int
    @Option var to: Int
    @Option var folder: String
    @OptionGroup var limits: Limits

    func run() throws {
        let paths = try String(contentsOfFile: seedList, encoding: .utf8).split(separator: "\n").map(String.init)
        let campaign = Campaign(seeds: Seeds(paths: paths), seed: seed)
        let path = folder + "/mutation.onnx"
        try limits.boundMemory()
        for number in from..<to {
            let (bytes, _) = try campaign.mutation(number)
            try Data(bytes).write(to: URL(filePath: path))
            say("start \(number)")
            limits.startClock()
            let outcome = Exercise.outcome(
                of: path, folder: folder, memoryLimit: limits.runMemory, quantizes: number % 8 == 0)
            limits.stopClock()
            switch outcome {
            case .ran: say("ran")
            case .refused(let kind): say("refused \(kind)")
            case .wrong(let message): say("wrong \(message.replacing("\n", with: " "))")
            }
        }
        say("end")
    }

    private func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}

/// What one file may cost.
struct Limits: ParsableArguments {
    @Option(help: "Seconds of computing that one file may take.")
    var seconds = 10

    @Option(help: "Megabytes of memory that a process may ask for; a quarter is given to runs as their limit.")
    var megabytes = 1024

    var runMemory: Int { megabytes << 18 }

    /// Above the bound the system gives no more memory, and the process ends.
    func boundMemory() throws {
        #if os(Linux)
            var limit = rlimit(rlim_cur: rlim_t(megabytes) << 20, rlim_max: rlim_t(megabytes) << 20)
            guard setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 else {
                throw ValidationError("The memory cannot be bounded.")
            }
        #endif
    }

    /// From now on the process is ended by SIGPROF when it has computed for too long.
    func startClock() { setClock(seconds) }

    func stopClock() { setClock(0) }

    private func setClock(_ seconds: Int) {
        var timer = itimerval(it_interval: timeval(), it_value: timeval(tv_sec: seconds, tv_usec: 0))
        #if os(Linux)
            setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
        #else
            setitimer(ITIMER_PROF, &timer, nil)
        #endif
    }
}
