import ArgumentParser
import Foundation
import Octet

struct Quantize: ExecutingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turns a float model into a smaller and faster one.",
        discussion: """
            With --calibration it runs the float model over the sample data, chooses a range for every tensor, and \
            writes an ONNX file with QuantizeLinear/DequantizeLinear pairs that Octet, ONNX Runtime and OpenVINO run in \
            integers. Other methods need no data. What stays float is listed with the reason.

            Examples:
              octet quantize net.onnx -o net.int8.onnx --calibration images/ \
                    --samples 256 --preprocess imagenet --resize 256 --crop 224
              octet quantize bert.onnx -o bert.dynamic.onnx --method dynamic
              octet quantize net.onnx -o net.int4.onnx --method weights --weights int4
              octet quantize net.onnx -o again.onnx --recipe recipe.yaml

            A recipe holds flags by their names. The pictures' way to numbers may be a list in any order:
              calibration: images/
              weights: int8
              exclude: ["head/*", Softmax]
              preprocessing:
                - crop: 300
                - resize: 224
                - scale: 1/255
                - mean: [0.485, 0.456, 0.406]
                - std: [0.229, 0.224, 0.225]
            Flags beside --recipe have the last word. --write-recipe writes all that was used, and the quantized model \
            carries it too (all but the data): --recipe net.int8.onnx repeats it.
            """)

    @Argument(help: "The float model.")
    var model: String

    @Option(name: .shortAndLong, help: "The quantized model to write.")
    var output: String?

    @OptionGroup(title: "Method") var method: MethodFlags
    @OptionGroup(title: "Quantization") var quantization: QuantizationFlags
    @OptionGroup(title: "Preprocessing of images and uint8 arrays") var preprocessing: PreprocessingFlags
    @OptionGroup(title: "Execution") var execution: ExecutionFlags

    @Option(
        name: .customLong("write-recipe"),
        help: ArgumentHelp("Writes all that was used as a recipe.", valueName: "FILE.yaml"))
    var recipePath: String?

    @Option(
        name: .customLong("report"),
        help: ArgumentHelp(
            "Writes a page with sizes, ranges, what stays float and, given --calibration, the error of every tensor.",
            valueName: "FILE.html"))
    var reportPath: String?

    @OptionGroup(title: "Interrupted and divided calibration") var state: CalibrationStateFlags

    func validate() throws {
        try method.check()
        if method.resolved != .static, quantization.format == .qoperator {
            throw ValidationError(
                "--format qoperator is for --method static: dynamic writes operators on integers anyway, weights and "
                    + "float16 have none.")
        }
        guard state.part == nil else { return }
        if output == nil { throw ValidationError("Missing expected argument '--output <output>'") }
    }

    private struct Report: Encodable {
        struct Node: Encodable {
            var name: String
            var operatorName: String
            var reason: String?

            enum CodingKeys: String, CodingKey {
                case name, reason
                case operatorName = "operator"
            }
        }

        struct Range: Encodable {
            var tensor: String
            var method: String
            var minimum: Float
            var maximum: Float
            var clipped: Double
        }

        struct Refinement: Encodable {
            var name: String
            var applied: Bool
            var sqnrBefore: Double?
            var sqnrAfter: Double?
            var reason: String

            enum CodingKeys: String, CodingKey {
                case name, applied, reason
                case sqnrBefore = "sqnr_db_before"
                case sqnrAfter = "sqnr_db_after"
            }

            init(_ refinement: QuantizationReport.Refinement) {
                name = refinement.name
                applied = refinement.isApplied
                sqnrBefore = Self.sqnr(refinement.errorBefore)
                sqnrAfter = Self.sqnr(refinement.errorAfter)
                reason = refinement.reason
            }

            private static func sqnr(_ error: Double) -> Double? {
                error > 0 && error.isFinite ? -10 * log10(error) : nil
            }
        }

        var file: String
        var method: String
        var quantizedNodes: [Node]
        var floatNodes: [Node]
        var ranges: [Range]
        var refinements: [Refinement]
        var bytesBefore: Int
        var bytesAfter: Int
        var samples: Int
        var skipped: Int
        var seconds: Double
        var peak: Double

        enum CodingKeys: String, CodingKey {
            case file, method, ranges, refinements, samples, skipped, seconds
            case quantizedNodes = "quantized_nodes"
            case floatNodes = "float_nodes"
            case bytesBefore = "bytes_before"
            case bytesAfter = "bytes_after"
            case peak = "peak_mb"
        }
    }

    func work() throws {
        var memory = MemoryProbe()
        let clock = ContinuousClock()
        let start = clock.now
        var model = try Model(path: model)
        try model.pinInputs(execution.inputShapes)
        var options = try quantization.options()
        options.calibrationState = try state.open(for: self.model)
        let dataset = try method.calibration.map {
            try DataSource.open($0, for: model.graph, preprocessing: preprocessing.result)
        }
        guard state.part == nil, let output else { return try observe(model, dataset, options) }
        var result = try model.quantized(
            method: method.resolved, calibration: dataset, options: options, execution: execution.options,
            progress: ProgressMeter.standardError)
        noteWhatWasNotUsed(result)
        result.model.setProperty(Recipe.property, carriedRecipe.text)
        try result.model.write(to: output, as: quantization.format)
        if let recipePath { try AtomicFile.write(Array(usedRecipe.text.utf8), to: recipePath) }
        if let reportPath { try writePage(reportPath, output, model, result, dataset) }
        memory.sample()
        let report = Report(
            file: output, method: method.resolved.rawValue,
            quantizedNodes: result.report.integerNodes.map { .init(name: $0.name, operatorName: $0.operatorName) },
            floatNodes: result.report.floatNodes.map {
                .init(name: $0.name, operatorName: $0.operatorName, reason: "\($0.reason)")
            },
            ranges: result.report.tensors.map {
                .init(
                    tensor: $0.name, method: $0.method, minimum: $0.range.lowerBound, maximum: $0.range.upperBound,
                    clipped: $0.clippedShare)
            },
            refinements: result.report.refinements.map(Report.Refinement.init),
            bytesBefore: try FileSize.bytes(of: self.model), bytesAfter: try FileSize.bytes(of: output),
            samples: result.samples, skipped: result.skipped.count,
            seconds: start.duration(to: clock.now) / .seconds(1), peak: memory.peak)
        execution.json ? try Console.printJSON(report) : show(report)
    }

    private struct PartReport: Encodable {
        var state: String
        var samples: Int
    }

    /// Observes a share of the samples.
    private func observe(_ model: Model, _ dataset: (any Dataset)?, _ options: QuantizationOptions) throws {
        guard let dataset, method.resolved == .static else {
            throw OctetError(.invalidArgument, "--calibration-part is for static quantization, which has samples")
        }
        let count = try model.observed(
            calibration: dataset, options: options, execution: execution.options,
            progress: ProgressMeter.standardError)
        let report = PartReport(state: state.paths[0], samples: count)
        if execution.json { return try Console.printJSON(report) }
        print("\(report.state): \(report.samples) samples")
    }

    private func noteWhatWasNotUsed(_ result: QuantizedModel) {
        for sample in result.skipped { Console.note("skipped: \(sample)") }
        if method.calibration != nil, [.weights, .dynamic].contains(method.resolved) {
            Console.note("--calibration is not used: the method \(method.resolved.rawValue) looks at no data")
        }
        let names =
            result.report.integerNodes.flatMap { [$0.name, $0.operatorName] }
            + result.report.floatNodes.flatMap { [$0.name, $0.operatorName] }
        for pattern in quantization.excluded where !names.contains(where: NamePattern(pattern).matches) {
            Console.note("--exclude '\(pattern)' matches no node's name or operator")
        }
        if result.report.integerNodes.isEmpty {
            Console.note(
                "no node was changed: \(method.resolved.summary). The reasons are listed; another --method may fit this "
                    + "network better")
        }
    }

    private func writePage(
        _ path: String, _ output: String, _ float: Model, _ result: QuantizedModel, _ dataset: (any Dataset)?
    ) throws {
        let comparison = try dataset.map { dataset in
            try ModelComparison.run(
                reference: float.simplified(), candidate: Model(path: output).simplified(),
                executor: execution.options.executor(), data: dataset, samples: min(32, quantization.samples ?? 32),
                progress: ProgressMeter.standardError)
        }
        let page = QuantizationPage(
            model: model, output: output, bytesBefore: try FileSize.bytes(of: model),
            bytesAfter: try FileSize.bytes(of: output), recipe: usedRecipe.text, report: result.report,
            comparison: comparison)
        try AtomicFile.write(Array(page.html.utf8), to: path)
    }

    private func show(_ report: Report) {
        for node in report.floatNodes where node.reason != nil {
            print("float: \(node.operatorName) '\(node.name)': \(node.reason ?? "")")
        }
        let clipped = report.ranges.filter { $0.clipped > 0 }
        if !clipped.isEmpty {
            let most = clipped.max { $0.clipped < $1.clipped }
            print(
                "clipped: \(clipped.count) of \(report.ranges.count) ranges cut off values, at most "
                    + "\(Console.number((most?.clipped ?? 0) * 100, 3)) % (of '\(most?.tensor ?? "")')")
        }
        for refinement in report.refinements {
            let numbers = [refinement.sqnrBefore, refinement.sqnrAfter].map { sqnr in
                sqnr.map { Console.number($0, 2) } ?? "exact"
            }
            print("\(refinement.name): \(numbers[0]) → \(numbers[1]) dB, \(refinement.reason)")
        }
        let share = 100 * Double(report.bytesAfter) / Double(max(report.bytesBefore, 1))
        Console.printPairs([
            ("method", report.method),
            (report.method == "float16" ? "nodes in float16" : "integer nodes", "\(report.quantizedNodes.count)"),
            (report.method == "float16" ? "nodes in float32" : "float nodes", "\(report.floatNodes.count)"),
            ("samples", "\(report.samples)" + (report.skipped > 0 ? ", \(report.skipped) skipped" : "")),
            (
                "file size",
                "\(Console.bytes(report.bytesBefore)) → \(Console.bytes(report.bytesAfter)) "
                    + "(\(Console.number(share, 1)) %)"
            ),
            ("time", Console.number(report.seconds, 1) + " s"),
            ("peak memory", Console.number(report.peak, 0) + " MB"),
            ("written", report.file),
        ])
    }
}
