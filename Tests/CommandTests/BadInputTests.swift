import Foundation
import Octet
import TestSupport
import Testing

/// What files and data that are wrong get: a line that names them, exit code 1, and no output.
struct BadInputTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func quantize(_ model: String = OctetProgram.model, calibration: String, to output: String) -> [String] {
        ["quantize", model, "-o", output, "--calibration", calibration]
    }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder(name)) }

    private var leftovers: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.contains("octet-tmp") }
    }

    /// Float images of the demo's input.
    private func images(_ values: [Float], count: Int, _ name: String) throws -> String {
        try NumPyWriter.write(Tensor(values, shape: [count, 1, 8, 8]), to: folder(name))
        return folder(name)
    }

    @Test(arguments: [0, 1, 100, 3000, 10_000, 345_000])
    func truncatedModels(_ length: Int) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: OctetProgram.model)).prefix(length))
        let model = try folder.write(bytes, "short.onnx")
        let calibration = OctetProgram.material + "/calibration.npy"
        let message = try OctetProgram.failure(
            quantize(model, calibration: calibration, to: folder("out.onnx")) + OctetProgram.digits)
        #expect(message.contains("short.onnx"))
        #expect(!exists("out.onnx") && leftovers.isEmpty)
        _ = try OctetProgram.failure(["inspect", model])
    }

    @Test func weightsThatAreNotFinite() throws {
        var model = try Model(path: OctetProgram.model)
        let id = try #require(
            model.graph.nodeIDs.lazy.filter { model.graph[$0].op.name == "Conv" }
                .compactMap { model.graph[$0].input(1) }.first)
        let weights = try #require(model.graph[id].constant)
        var values = weights.elements(as: Float.self)
        values[3] = .nan
        model.graph[id].constant = Tensor(values, shape: weights.shape)
        try model.write(to: folder("nan.onnx"))
        let message = try OctetProgram.failure(
            quantize(
                folder("nan.onnx"), calibration: OctetProgram.material + "/calibration.npy", to: folder("out.onnx"))
                + OctetProgram.digits)
        #expect(message.contains("nan.onnx") && message.contains(model.graph[id].name))
        #expect(!exists("out.onnx"))
    }

    @Test(arguments: [Float.nan, .infinity])
    func calibrationDataThatAreNotFinite(_ value: Float) throws {
        var values = [Float](repeating: 0.5, count: 128)
        values[70] = value
        let data = try images(values, count: 2, "data.npy")
        _ = try folder.write("what was there", "out.onnx")
        let message = try OctetProgram.failure(quantize(calibration: data, to: folder("out.onnx")))
        #expect(message.contains("sample 1") && message.contains("image"))
        #expect(try String(contentsOfFile: folder("out.onnx"), encoding: .utf8) == "what was there")
        #expect(leftovers.isEmpty)
    }

    @Test func emptyCalibrationData() throws {
        let none = try images([], count: 0, "none.npy")
        #expect(try OctetProgram.failure(quantize(calibration: none, to: folder("out.onnx"))).contains("none.npy"))
        try FileManager.default.createDirectory(atPath: folder("empty"), withIntermediateDirectories: true)
        let message = try OctetProgram.failure(quantize(calibration: folder("empty"), to: folder("out.onnx")))
        #expect(message.contains("empty"))
        #expect(!exists("out.onnx"))
    }

    @Test func picturesThatCannotBeDecoded() throws {
        let good = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Examples/Classify/Sources/Classify/Resources/digit.png")
        let picture = [UInt8](try Data(contentsOf: good))
        _ = try folder.write(picture, "pictures/a.png")
        _ = try folder.write(Array(picture.prefix(60)), "pictures/b.png")
        let result = try OctetProgram.run(
            quantize(calibration: folder("pictures"), to: folder("out.onnx")) + ["--json"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("b.png"))
        #expect(try result.object()["skipped"] as? Int == 1)
        #expect(try result.object()["samples"] as? Int == 1)
        _ = try folder.write("no picture", "bad/c.png")
        let message = try OctetProgram.failure(quantize(calibration: folder("bad"), to: folder("none.onnx")))
        #expect(!message.isEmpty && !exists("none.onnx"))
        #expect(try OctetProgram.failure(["evaluate", OctetProgram.model, "--data", folder("bad")]).contains("c.png"))
    }

    @Test func labelsThatDoNotMatch() throws {
        let data = ["--data", OctetProgram.material + "/test.npy"] + OctetProgram.digits
        func message(_ labels: String) throws -> String {
            try OctetProgram.failure(
                ["evaluate", OctetProgram.model] + data + ["--labels", folder.write(labels, "labels.csv")])
        }
        #expect(try message("1\n2\n3\n").contains("500"))
        #expect(try message("one\ntwo\n").contains("labels.csv"))
        #expect(try message(String(repeating: "10\n", count: 500)).contains("10"))
        #expect(try message(String(repeating: "-1\n", count: 500)).contains("-1"))
        let missing = try OctetProgram.failure(
            ["evaluate", OctetProgram.model] + data + ["--labels", folder("missing.csv")])
        #expect(missing.contains("missing.csv"))
    }

    @Test func inputsThatDoNotFit() throws {
        let image = try images(Array(repeating: 0, count: 64), count: 1, "image.npy")
        try NumPyWriter.write(Tensor([Int64](repeating: 0, count: 64), shape: [1, 1, 8, 8]), to: folder("ids.npy"))
        try NumPyWriter.write(Tensor([Float](repeating: 0, count: 9), shape: [1, 1, 3, 3]), to: folder("small.npy"))
        func run(_ inputs: String...) -> [String] {
            ["run", OctetProgram.model, "-o", folder("out.npz")] + inputs.flatMap { ["--input", $0] }
        }
        #expect(try OctetProgram.failure(run("wrong=" + image)).contains("wrong"))
        #expect(try OctetProgram.failure(run("image=" + folder("ids.npy"))).contains("int64"))
        #expect(try OctetProgram.failure(run("image=" + folder("small.npy"))).contains("image"))
        #expect(try OctetProgram.failure(run("image=" + folder("absent.npy"))).contains("absent.npy"))
        #expect(try OctetProgram.failure(run("image=" + image) + ["--keep", "nothing"]).contains("nothing"))
        #expect(!exists("out.npz") && leftovers.isEmpty)
        #expect(try OctetProgram.run(run("image=" + image)).status == 0)
        #expect(exists("out.npz"))
    }

    @Test func outputsThatCannotBeWritten() throws {
        let calibration = OctetProgram.material + "/calibration.npy"
        for output in [folder("no/such/folder/out.onnx"), folder.path, "/dev/full/out.onnx"] {
            _ = try OctetProgram.failure(quantize(calibration: calibration, to: output) + OctetProgram.digits)
        }
        _ = try OctetProgram.failure(quantize(calibration: calibration, to: folder("out.txt")) + OctetProgram.digits)
        _ = try OctetProgram.failure(["convert", OctetProgram.model, "-o", folder("no/out.onnx")])
        let file = try folder.write("a file", "file")
        #expect(try OctetProgram.run("demo", "--output", file).status == 1)
        #expect(leftovers.isEmpty)
    }

    @Test func sizesAboveTheLimitAreRefused() throws {
        let message = try OctetProgram.failure(
            ["benchmark", OctetProgram.model, "--input-shape", "image=9000000000000,1,8,8"])
        #expect(message.contains("memory") || message.contains("large"))
        let small = try OctetProgram.failure(["benchmark", OctetProgram.model, "--max-memory", "10K"])
        #expect(small.contains("--max-memory"))
    }
}
