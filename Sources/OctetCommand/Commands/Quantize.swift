import ArgumentParser
import Foundation
import Octet

struct Quantize: ExecutingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turns a float model into an 8-bit one with the help of sample data.",
        discussion: """
            Runs the float model over the calibration data, chooses a range for every tensor, and writes an ONNX file \
            with QuantizeLinear/DequantizeLinear pairs that Octet, ONNX Runtime and OpenVINO run in integers. What \
            stays float is listed with the reason.

            Example:
              octet quantize net.onnx -o net.int8.onnx --calibration images/ \\
                    --samples 256 --preprocess imagenet --resize 256 --crop 224
            """)

    @Argument(help: "The float model.")
    var model: String

    @Option(name: .shortAndLong, help: "The quantized model to write.")
    var output: String

    @Option(
        help: ArgumentHelp(
            "A folder of JPEG/PNG images, a .npy, a .npz, a folder of these, a CIFAR-10 binary file, or a folder of "
                + "ONNX test data.", valueName: "PATH"))
    var calibration: String

    @Option(
        help: ArgumentHelp(
            "qdq: a float graph with QuantizeLinear/DequantizeLinear pairs; qoperator: operators on integers such as "
                + "QLinearConv, for ONNX Runtime."))
    var format: QuantizationFormat = .qdq

    @OptionGroup(title: "Quantization") var quantization: QuantizationFlags
    @OptionGroup(title: "Preprocessing of images and uint8 arrays") var preprocessing: PreprocessingFlags
    @OptionGroup(title: "Execution") var execution: ExecutionFlags

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
            case file, ranges, refinements, samples, skipped, seconds
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
        let options = try quantization.options()
        let dataset = try DataSource.open(
            calibration, for: model.graph, preprocessing: preprocessing.preprocessing)
        let result = try model.quantized(
            calibration: dataset, options: options, execution: execution.options,
            progress: ProgressMeter.standardError)
        for sample in result.skipped { Console.note("skipped: \(sample)") }
        try result.model.write(to: output, as: format)
        memory.sample()
        let report = Report(
            file: output,
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
            ("integer nodes", "\(report.quantizedNodes.count)"),
            ("float nodes", "\(report.floatNodes.count)"),
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
