import ArgumentParser
import Octet

/// A command whose work may fail: the error is one line on standard error, with `--json` also an object on standard
/// output, and the exit code is 1.
protocol FallibleCommand: ParsableCommand {
    /// Whether results are printed as JSON.
    var json: Bool { get }
    mutating func work() throws
}

extension FallibleCommand {
    mutating func run() throws {
        do {
            try work()
        } catch let exit as ExitCode {
            throw exit
        } catch {
            throw CommandFailure.report(error, json: json)
        }
    }
}

/// A command that runs a network.
protocol ExecutingCommand: FallibleCommand {
    var execution: ExecutionFlags { get }
}

extension ExecutingCommand {
    var json: Bool { execution.json }
}

/// An error as the command reports it.
struct CommandFailure: Encodable {
    let kind: String?
    let message: String
    let file: String?
    let node: String?
    let operatorName: String?
    let expected: String?
    let found: String?
    let remedy: String?
    /// Everything in one line; names in a file may hold line breaks.
    let line: String

    enum CodingKeys: String, CodingKey {
        case kind, message, file, node, expected, found, remedy
        case operatorName = "operator"
    }

    /// Says what went wrong.
    /// - Returns: what the command ends with.
    static func report(_ error: any Error, json: Bool) -> ExitCode {
        let failure = CommandFailure(error)
        Console.note("octet: \(failure.line)")
        if json { try? Console.printJSON(["error": failure]) }
        return ExitCode(1)
    }

    private init(_ error: any Error) {
        let error = (error as? UnreadableSample)?.reason ?? error
        let known = error as? OctetError
        kind = known?.kind.rawValue
        message = known?.message ?? "\(error)"
        file = known?.file
        node = known?.node
        operatorName = known?.operatorName
        expected = known?.expected
        found = known?.found
        remedy = known?.remedy
        line = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
