import Foundation
import TestSupport
import Testing

/// `--json` prints one object to standard output and nothing else, also when something is wrong.
struct JSONTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    @Test func theDemoTellsWhatItFound() throws {
        let result = try OctetProgram.run("demo", "--json", "--output", folder("demo"))
        #expect(result.status == 0, "\(result.errors)")
        let object = try result.object()
        #expect(object["samples"] as? Int == 500)
        #expect(try #require(object["agreement"] as? Double) >= 98)
        #expect((object["int8"] as? [String: Any])?["top1"] as? Double ?? 0 >= 98.6)
        for file in try #require(object["files"] as? [String]) {
            #expect(FileManager.default.fileExists(atPath: file))
        }
    }

    @Test func everyVerbKeepsItsContract() throws {
        let quantized = folder("int8.onnx")
        func check(_ arguments: [String], _ keys: String...) throws {
            let result = try OctetProgram.run(arguments + ["--json"])
            #expect(result.status == 0, "\(result.errors)")
            let object = try result.object()
            for key in keys { #expect(object[key] != nil, "\(arguments[0]): \(key)") }
        }
        let calibration = ["--calibration", OctetProgram.material + "/calibration.npy"]
        try check(
            ["quantize", OctetProgram.model, "-o", quantized] + calibration + OctetProgram.digits,
            "quantized_nodes", "float_nodes", "bytes_before", "bytes_after", "seconds", "peak_mb")
        try check(["inspect", quantized], "operators", "inputs", "outputs", "parameters", "integer_nodes")
        let data = OctetProgram.test + ["--samples", "40"]
        try check(
            ["evaluate", quantized, "--baseline", OctetProgram.model] + data,
            "samples", "top1", "top5", "agreement", "sqnr_db")
        let pictures = ["--data", OctetProgram.material + "/test.npy", "--samples", "5"] + OctetProgram.digits
        try check(["compare", OctetProgram.model, quantized] + pictures, "tensors", "outputs")
        try check(
            ["benchmark", quantized, "--iterations", "3", "--profile"],
            "load_ms", "first_ms", "latency_ms", "throughput", "base_mb", "peak_mb", "steps")
        try check(["convert", quantized, "-o", folder("copy.onnx")], "file", "bytes")
        try check(["cpu"], "picked", "peaks")
    }

    @Test func failuresAreObjectsToo() throws {
        let result = try OctetProgram.run("inspect", folder("missing.onnx"), "--json")
        #expect(result.status == 1)
        let error = try #require(try result.object()["error"] as? [String: Any])
        #expect(error["kind"] as? String == "inputOutput")
        #expect(error["file"] as? String == folder("missing.onnx"))
        #expect(result.errors.contains("missing.onnx"))
    }

    /// A case whose expected output is another tensor than the model gives.
    @Test func aFailedCheckIsPrintedInFull() throws {
        let cases = folder("case/test_data_set_0")
        try FileManager.default.createDirectory(atPath: cases, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: OctetProgram.model, toPath: folder("case/model.onnx"))
        for name in ["input_0.pb", "output_0.pb"] {
            // TensorProto: dims 1, 1, 8, 8; float32; 256 bytes of zeros.
            let head: [UInt8] = [8, 1, 8, 1, 8, 8, 8, 8, 16, 1, 0x4A, 0x80, 2]
            _ = try folder.write(head + Array(repeating: 0, count: 256), "case/test_data_set_0/" + name)
        }
        let result = try OctetProgram.run("conformance", folder("case"), "--json")
        #expect(result.status == 1)
        #expect(try result.object()["failed"] as? Int == 1)
    }
}
