import ArgumentParser
import Octet

struct Evaluate: ExecutingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures a classifier's accuracy on labelled data, and its agreement with a float baseline.",
        discussion: """
            Top-1 and top-5 are in per cent of the labelled samples. With --baseline the share of samples with the \
            same first class, and the signal-to-quantization-noise ratio of the outputs, are measured too. \
            --float-precision is for the model; the baseline runs in float32.

            Example:
              octet evaluate net.int8.onnx --data images/ --labels labels.csv \\
                    --baseline net.onnx --preprocess imagenet --resize 256 --crop 224
            """)

    @Argument(help: "The model.")
    var model: String

    @OptionGroup(title: "Data") var data: DataFlags

    @Option(
        help: ArgumentHelp(
            "A CSV with file,label (it then also selects and orders the samples), one label a line, or an integer "
                + ".npy.", valueName: "FILE"))
    var labels: String?

    @Option(help: "Added to every label.")
    var labelOffset = 0

    @Option(help: ArgumentHelp("The float model to agree with.", valueName: "FLOAT"))
    var baseline: String?

    @OptionGroup(title: "Execution") var execution: ExecutionFlags

    private struct Report: Encodable {
        var samples: Int
        var skipped: Int
        var top1: Double?
        var top5: Double?
        var agreement: Double?
        var sqnr: Double?

        enum CodingKeys: String, CodingKey {
            case samples, skipped, top1, top5, agreement
            case sqnr = "sqnr_db"
        }
    }

    func work() throws {
        var model = try Model(path: model)
        try model.pinInputs(execution.inputShapes)
        let dataset = try data.open(for: model.graph, labels: labels, labelOffset: labelOffset)
        let result = try ModelEvaluation.run(
            model.simplified(), baseline: baseline.map { try Model(path: $0).simplified() },
            executor: execution.options.executor(), baselineExecutor: execution.options.inFloat32.executor(),
            data: dataset, samples: data.samples,
            progress: ProgressMeter.standardError)
        for name in result.skipped { Console.note("skipped, cannot be decoded: \(name)") }
        let metrics = result.classification
        let report = Report(
            samples: result.samples, skipped: result.skipped.count, top1: metrics.top1, top5: metrics.top5,
            agreement: metrics.agreement, sqnr: result.outputError?.sqnr)
        if execution.json { return try Console.printJSON(report) }
        var pairs = [("samples", "\(report.samples)")]
        if report.skipped > 0 { pairs.append(("skipped", "\(report.skipped)")) }
        if let top1 = report.top1 { pairs.append(("top-1", Console.number(top1) + " %")) }
        if let top5 = report.top5 { pairs.append(("top-5", Console.number(top5) + " %")) }
        if let agreement = report.agreement { pairs.append(("agreement", Console.number(agreement) + " %")) }
        if let sqnr = report.sqnr { pairs.append(("output SQNR", Console.number(sqnr) + " dB")) }
        Console.printPairs(pairs)
    }
}
