import ArgumentParser
import Octet

struct Convert: FallibleCommand {
    static let configuration = CommandConfiguration(
        abstract: "Converts a model between formats, which follow from the files' extensions.",
        discussion: "Formats: " + ModelFormat.allCases.map { "." + $0.rawValue }.joined(separator: ", ") + ".")

    @Argument(help: "The model to read.")
    var input: String

    @Option(name: .shortAndLong, help: "The model to write.")
    var output: String

    @Flag(help: "Print one JSON object to standard output and nothing else there.")
    var json = false

    private struct Report: Encodable {
        var file: String
        var bytes: Int
    }

    func work() throws {
        try Model(path: input).write(to: output)
        let report = Report(file: output, bytes: try FileSize.bytes(of: output))
        if json { return try Console.printJSON(report) }
        print("\(report.file): \(Console.bytes(report.bytes))")
    }
}
