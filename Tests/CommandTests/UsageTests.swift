import Foundation
import TestSupport
import Testing

/// How the command answers to words it does or does not know.
struct UsageTests {
    static let verbs = [
        "demo", "inspect", "quantize", "evaluate", "compare", "benchmark", "run", "conformance", "convert", "cpu",
    ]

    @Test func helpListsTheVerbs() throws {
        let result = try OctetProgram.run("--help")
        #expect(result.status == 0)
        for verb in Self.verbs { #expect(result.output.contains("\n  \(verb) ")) }
    }

    @Test(arguments: verbs)
    func everyVerbExplainsItself(_ verb: String) throws {
        let result = try OctetProgram.run(verb, "--help")
        #expect(result.status == 0)
        #expect(result.output.contains("OVERVIEW: ") && result.output.contains("USAGE: octet \(verb)"))
        #expect(result.output.contains("--json"))
    }

    @Test(arguments: [
        ["paint"], ["inspect"], ["inspect", "a.onnx", "b.onnx"], ["inspect", "a.onnx", "--no-such-flag"],
        ["inspect", "a.onnx", "--input-shape", "x=1,-2"], ["inspect", "a.onnx", "--threads", "0"],
        ["inspect", "a.onnx", "--max-memory", "99999999999999999999"],
        ["quantize", "a.onnx", "-o", "b.onnx"], ["quantize", "a.onnx", "--calibration", "c"],
        ["quantize", "a.onnx", "-o", "b.onnx", "--calibration", "c", "--calibrator", "magic"],
        ["quantize", "a.onnx", "-o", "b.onnx", "--calibration", "c", "--samples", "0"],
        [
            "quantize", "a.onnx", "-o", "b.onnx", "--calibration", "c", "--percentile", "101", "--calibrator",
            "percentile",
        ],
        ["quantize", "a.onnx", "-o", "b.onnx", "--calibration", "c", "--activations", "int3"],
        ["evaluate", "a.onnx", "--data", "d", "--mean", "one"], ["evaluate", "a.onnx", "--data", "d", "--crop", "0"],
        ["evaluate", "a.onnx", "--data", "d", "--samples", "-1"],
        ["benchmark", "a.onnx", "--float-precision", "float16"],
        ["benchmark", "a.onnx", "--seconds", "0"], ["benchmark", "a.onnx", "--iterations", "0"],
        ["run", "a.onnx", "--input", "x", "-o", "y.npz"], ["conformance"],
    ])
    func wrongUsageIs64(_ arguments: [String]) throws {
        let result = try OctetProgram.run(arguments)
        #expect(result.status == 64, "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("Error: "))
    }

    @Test func theInstructionSetIsForcedByTheEnvironment() throws {
        let scalar = try OctetProgram.run("cpu", "--json", environment: ["OCTET_ISA": "scalar"])
        #expect(try scalar.object()["picked"] as? String == "scalar")
        let unknown = try OctetProgram.run("cpu", environment: ["OCTET_ISA": "abacus"])
        #expect(unknown.status == 1 && unknown.errors.contains("abacus"))
    }

    @Test(arguments: ["many", "-1", "1.5"])
    func theLimitOfTheCacheIsANumber(_ limit: String) throws {
        let scratch = try ScratchFolder()
        let benchmark = ["benchmark", OctetProgram.model, "--iterations", "1", "--cache", scratch("cache"), "--json"]
        let refused = try OctetProgram.run(benchmark, environment: ["OCTET_CACHE_LIMIT": limit])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("OCTET_CACHE_LIMIT") && refused.errors.contains(limit))
        for (limit, use) in [("1000", "stored"), ("99999999999999999", "found")] {
            let taken = try OctetProgram.run(benchmark, environment: ["OCTET_CACHE_LIMIT": limit])
            #expect(try taken.object()["cache"] as? String == use)
        }
    }
}
