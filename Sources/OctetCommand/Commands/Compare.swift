import ArgumentParser
import Octet

struct Compare: ExecutingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows where a quantized model's tensors differ from the float model's, by the original's names.",
        discussion: """
            Both models run on the same data. For every tensor that both have: the signal-to-quantization-noise ratio, \
            the cosine similarity and the mean squared error over all samples, worst first. --float-precision is for \
            the second model; the first runs in float32.
            """)

    @Argument(help: "The float model.")
    var float: String

    @Argument(help: "The quantized model.")
    var quantized: String

    @OptionGroup(title: "Data") var data: DataFlags

    @Option(help: "List only so many tensors, the worst ones; 0 lists all.")
    var limit = 10

    @OptionGroup(title: "Execution") var execution: ExecutionFlags

    private struct Report: Encodable {
        struct Row: Encodable {
            var name: String
            var sqnr: Double
            var cosine: Double
            var meanSquaredError: Double

            enum CodingKeys: String, CodingKey {
                case name, cosine
                case sqnr = "sqnr_db"
                case meanSquaredError = "mse"
            }

            init(_ row: ModelComparison.Row) {
                name = row.name
                sqnr = row.error.sqnr
                cosine = row.error.cosine
                meanSquaredError = row.error.meanSquaredError
            }
        }

        var samples: Int
        var skipped: Int
        var tensors: [Row]
        var outputs: [Row]
    }

    func work() throws {
        var reference = try Model(path: float)
        try reference.pinInputs(execution.inputShapes)
        let candidate = try Model(path: quantized)
        let comparison = try ModelComparison.run(
            reference: reference.simplified(), candidate: candidate.simplified(),
            executor: execution.options.executor(), referenceExecutor: execution.options.inFloat32.executor(),
            data: data.open(for: reference.graph), samples: data.samples,
            progress: ProgressMeter.standardError)
        for name in comparison.skipped { Console.note("skipped, cannot be decoded: \(name)") }
        let report = Report(
            samples: comparison.samples, skipped: comparison.skipped.count,
            tensors: comparison.tensors.map { Report.Row($0) }, outputs: comparison.outputs.map { Report.Row($0) })
        if execution.json { return try Console.printJSON(report) }
        let shown = limit > 0 ? Array(report.tensors.prefix(limit)) : report.tensors
        print("The worst \(shown.count) of \(report.tensors.count) tensors over \(report.samples) samples:\n")
        print(table(shown))
        print("\nOutputs:\n")
        print(table(report.outputs))
    }

    private func table(_ rows: [Report.Row]) -> String {
        var table = TextTable("tensor", "SQNR dB", "cosine", "MSE")
        for row in rows {
            table.add(
                row.name, Console.number(row.sqnr), Console.number(row.cosine, 6),
                Console.number(row.meanSquaredError, 8))
        }
        return table.text
    }
}
