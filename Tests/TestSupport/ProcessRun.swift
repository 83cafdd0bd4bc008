import Foundation

/// A program that was run to its end, and what it said.
public struct ProcessRun: Sendable {
    /// The exit code; 128 and the signal's number when a signal ended it.
    public let status: Int
    /// Standard output.
    public let output: String
    /// Standard error.
    public let errors: String

    /// Runs a program.
    /// - Parameter environment: set beside what this process has.
    /// - Throws: when it cannot be started.
    public init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let scratch = try ScratchFolder()
        let files = try ["output", "errors"].map { name in
            try FileHandle(forUpdating: URL(filePath: scratch.write("", name)))
        }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = files[0]
        process.standardError = files[1]
        try process.run()
        process.waitUntilExit()
        let code = Int(process.terminationStatus)
        status = process.terminationReason == .exit ? code : 128 + code
        output = try String(contentsOfFile: scratch("output"), encoding: .utf8)
        errors = try String(contentsOfFile: scratch("errors"), encoding: .utf8)
    }
}
