import ArgumentParser
import Octet

struct ConformanceCommand: FallibleCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Runs test cases in the layout of ONNX's backend tests and compares with the expected outputs.",
        discussion: """
            Each DIR is searched for folders that hold model.onnx and test_data_set_K/{input,output}_I.pb, and \
            optionally tolerance.txt with "rtol atol" (else 1e-3 and 1e-7). A case is unsupported when it was refused \
            before its inputs were read, naming the operator, type or attribute; any later error, or a wrong shape, \
            type or value, is a failure. The exit code is 1 only if a case failed.
            """)

    @Argument(help: "Folders to search.")
    var directories: [String]

    @Flag(help: "Run everything by plain reference evaluation instead of compiled.")
    var reference = false

    @OptionGroup var resources: ResourceFlags
    @OptionGroup var output: OutputFlags

    var json: Bool { output.json }

    private struct Report: Encodable {
        struct Case: Encodable {
            var path: String
            var outcome: String
            var reason: String
        }

        var passed: Int
        var failed: Int
        var unsupported: Int
        var cases: [Case]
    }

    func work() throws {
        let executor: any Executor = reference ? ReferenceExecutor() : try resources.options.executor()
        let result = try Conformance.run(directories: directories, executor: executor)
        let report = Report(
            passed: result.passed, failed: result.failed, unsupported: result.unsupported,
            cases: result.cases.compactMap { entry in
                switch entry.outcome {
                case .passed: nil
                case .failed(let reason): .init(path: entry.path, outcome: "failed", reason: reason)
                case .unsupported(let reason): .init(path: entry.path, outcome: "unsupported", reason: reason)
                }
            })
        if json {
            try Console.printJSON(report)
        } else {
            for entry in report.cases { print("\(entry.outcome): \(entry.path): \(entry.reason)") }
            print("\(report.passed) passed, \(report.failed) failed, \(report.unsupported) unsupported")
        }
        if report.failed > 0 { throw ExitCode(1) }
    }
}
