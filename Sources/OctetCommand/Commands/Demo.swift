import ArgumentParser
import Foundation
import Octet

struct Demo: FallibleCommand {
    static let configuration = CommandConfiguration(
        abstract: "Quantizes and measures a small trained network that ships with Octet, on real handwritten digits.",
        discussion: """
            Float accuracy, static quantization with 200 calibration images, int8 accuracy on 500 held-out images, \
            size and speed: what `quantize`, `evaluate` and `benchmark` do for any model.
            """)

    @Option(name: .shortAndLong, help: "The folder to write to.")
    var output = "octet-demo"

    @Flag(help: "Print one JSON object to standard output and nothing else there.")
    var json = false

    private struct Report: Encodable {
        struct Version: Encodable {
            var top1: Double?
            var bytes: Int
            var latency: Double

            enum CodingKeys: String, CodingKey {
                case top1, bytes
                case latency = "latency_ms"
            }
        }

        var float: Version
        var int8: Version
        var agreement: Double?
        var sqnr: Double?
        var samples: Int
        var files: [String]

        enum CodingKeys: String, CodingKey {
            case float, int8, agreement, samples, files
            case sqnr = "sqnr_db"
        }
    }

    func work() throws {
        let material = try DemoMaterial()
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw OctetError(
                .inputOutput, "the folder cannot be made: \(error.localizedDescription)", file: output,
                remedy: "Name another one with --output")
        }
        let quantizedPath = output + "/digits_cnn.int8.onnx"
        let model = try Model(path: material.model)
        note("Calibrating on 200 images …")
        let calibration = try DataSource.open(
            material.calibration, for: model.graph, preprocessing: DemoMaterial.preprocessing)
        let quantized = try model.quantized(calibration: calibration, progress: ProgressMeter.standardError)
        try quantized.model.write(to: quantizedPath)
        note("Evaluating both on 500 held-out images …")
        let int8 = try Model(path: quantizedPath)
        let test = try DataSource.open(
            material.test, for: model.graph, preprocessing: DemoMaterial.preprocessing, labels: material.labels)
        let executor = try ExecutionOptions().executor()
        let before = try ModelEvaluation.run(model.simplified(), executor: executor, data: test)
        let after = try ModelEvaluation.run(
            int8.simplified(), baseline: model.simplified(), executor: executor, data: test)
        note("Timing both …")
        let report = Report(
            float: try version(material.model, before), int8: try version(quantizedPath, after),
            agreement: after.classification.agreement, sqnr: after.outputError?.sqnr, samples: after.samples,
            files: [quantizedPath])
        json ? try Console.printJSON(report) : show(report)
    }

    private func note(_ text: String) { Console.note(text) }

    private func version(_ path: String, _ evaluation: ModelEvaluation) throws -> Report.Version {
        var benchmark = Benchmark()
        benchmark.execution.threads = 1
        benchmark.seconds = 0.5
        return Report.Version(
            top1: evaluation.classification.top1, bytes: try FileSize.bytes(of: path),
            latency: try benchmark.run(path: path).latency.minimum)
    }

    private func show(_ report: Report) {
        var table = TextTable("", "float", "int8", "int8 / float")
        table.add(
            "top-1 on \(report.samples) images", percent(report.float.top1), percent(report.int8.top1), "")
        table.add("agreement", "", percent(report.agreement), "")
        table.add("output SQNR", "", report.sqnr.map { Console.number($0, 1) + " dB" } ?? "", "")
        table.add(
            "file size", Console.bytes(report.float.bytes), Console.bytes(report.int8.bytes),
            Console.number(Double(report.int8.bytes) / Double(report.float.bytes)))
        table.add(
            "latency, 1 thread", Console.number(report.float.latency * 1000, 1) + " µs",
            Console.number(report.int8.latency * 1000, 1) + " µs",
            Console.number(report.int8.latency / report.float.latency))
        print(table.text)
        print("\nWritten:")
        for file in report.files { print("  \(file)") }
        print("\nTry next:\n  octet inspect \(report.files[0])\n  octet benchmark \(report.files[0]) --profile")
    }

    private func percent(_ value: Double?) -> String { value.map { Console.number($0) + " %" } ?? "" }
}

/// The network and data that ship with the command.
private struct DemoMaterial {
    let model: String
    let calibration: String
    let test: String
    let labels: String

    /// Pixels are 0...16.
    static let preprocessing = Preprocessing(scale: .factor(0.0625), mean: [0.3125])

    init() throws {
        let folder = Bundle.module.bundlePath + "/Demo"
        func path(_ name: String) throws -> String {
            let path = folder + "/" + name
            guard FileManager.default.fileExists(atPath: path) else {
                throw OctetError(
                    .inputOutput, "the demo's material is missing", file: path,
                    remedy: "Run the command from where it was built: swift run -c release octet demo")
            }
            return path
        }
        model = try path("digits_cnn.onnx")
        calibration = try path("calibration.npy")
        test = try path("test.npy")
        labels = try path("test_labels.npy")
    }
}
