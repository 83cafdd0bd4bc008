import Foundation
import TestSupport
import Testing

/// `octet quantize` by each method: the keys of its JSON, what it says, and the page it writes.
struct MethodTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    @Test(arguments: ["dynamic", "weights", "float16"])
    func methodsWithoutDataKeepTheContract(_ method: String) throws {
        let result = try OctetProgram.run(
            "quantize", OctetProgram.model, "-o", folder("out.onnx"), "--method", method, "--json")
        #expect(result.status == 0, "\(result.errors)")
        let object = try result.object()
        #expect(object["method"] as? String == method)
        let changed = try #require(object["quantized_nodes"] as? [[String: Any]])
        #expect(!changed.isEmpty)
        for node in try #require(object["float_nodes"] as? [[String: Any]]) {
            #expect((node["reason"] as? String)?.isEmpty == false)
        }
        let after = try #require(object["bytes_after"] as? Int)
        #expect(after < object["bytes_before"] as? Int ?? 0)
        for key in ["seconds", "peak_mb"] { #expect(object[key] is Double) }
        let evaluated = try OctetProgram.run(["evaluate", folder("out.onnx"), "--json"] + OctetProgram.test)
        #expect(try evaluated.object()["top1"] as? Double ?? 0 >= 98)
    }

    @Test func rangesSayWhatTheyCutOff() throws {
        let result = try OctetProgram.run(
            [
                "quantize", OctetProgram.model, "-o", folder("out.onnx"), "--json", "--calibrator", "percentile",
                "--percentile", "99", "--calibration", OctetProgram.material + "/calibration.npy",
            ] + OctetProgram.digits)
        let ranges = try #require(try result.object()["ranges"] as? [[String: Any]])
        #expect(!ranges.isEmpty)
        for range in ranges {
            #expect(range["method"] as? String == "percentile")
            #expect(range["minimum"] is Double && range["maximum"] is Double)
        }
        #expect(ranges.contains { $0["clipped"] as? Double ?? 0 > 0 })
    }

    @Test func theReportIsOnePageThatNeedsNothing() throws {
        let page = folder("report.html")
        let result = try OctetProgram.run(
            [
                "quantize", OctetProgram.model, "-o", folder("out.onnx"), "--report", page, "--samples", "32",
                "--exclude", "stem.conv", "--calibration", OctetProgram.material + "/calibration.npy",
            ]
                + OctetProgram.digits)
        #expect(result.status == 0, "\(result.errors)")
        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("</html>"))
        for link in ["http", "src=", "<script", "<link", "url("] { #expect(!html.contains(link), "\(link)") }
        for word in [
            "Error of every tensor", "stem.conv", "excluded by 'stem.conv'", "SQNR", "clipped", "Refinements",
            "bias correction", "dispatch: conservative",
        ] { #expect(html.contains(word), "\(word)") }
    }

    @Test(arguments: [
        ["--method", "static"], ["--method", "float8"], ["--method", "weights", "--weights", "int2"],
    ])
    func wrongUsageIs64(_ flags: [String]) throws {
        let result = try OctetProgram.run(["quantize", OctetProgram.model, "-o", folder("no.onnx")] + flags)
        #expect(result.status == 64)
    }

    @Test(arguments: ["dynamic", "weights", "float16"])
    func integerOperatorsAreForTheStaticMethod(_ method: String) throws {
        let out = folder("no.onnx")
        let result = try OctetProgram.run(
            "quantize", OctetProgram.model, "-o", out, "--method", method, "--format", "qoperator")
        #expect(result.status == 64)
        #expect(result.errors.contains("--format qoperator is for --method static"), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: out))
    }

    @Test func dynamicWeightsHaveEightBits() throws {
        let line = try OctetProgram.failure(
            ["quantize", OctetProgram.model, "-o", folder("no.onnx"), "--method", "dynamic", "--weights", "int4"])
        #expect(line.contains("8-bit weights"))
    }

    @Test func helpTellsTheMethodsAndDispatchersApart() throws {
        let help = try OctetProgram.run("quantize", "--help").output.split(whereSeparator: \.isWhitespace)
        for word in ["static:", "dynamic:", "weights:", "float16:", "conservative:", "aggressive:", "pplnn:"] {
            #expect(help.contains { $0 == word }, "\(word)")
        }
    }
}
