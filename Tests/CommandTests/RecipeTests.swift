import Foundation
import TestSupport
import Testing

/// Recipes: what is written repeats the quantization byte for byte, and what cannot be followed is named.
struct RecipeTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private static let calibration =
        ["--calibration", OctetProgram.material + "/calibration.npy"] + OctetProgram.digits

    private func quantize(_ name: String, _ flags: [String]) throws -> Data {
        let result = try OctetProgram.run(["quantize", OctetProgram.model, "-o", folder(name)] + flags)
        #expect(result.status == 0, "\(result.errors)")
        return try Data(contentsOf: URL(filePath: folder(name)))
    }

    private func refusal(_ recipe: String) throws -> String {
        let path = try folder.write(recipe, "recipe.yaml")
        return try OctetProgram.failure(
            ["quantize", OctetProgram.model, "-o", folder("no.onnx"), "--recipe", path])
    }

    @Test(arguments: [
        ["--calibrator", "percentile", "--percentile", "99.9", "--samples", "40", "--granularity", "tensor"],
        ["--symmetric-activations", "--activations", "int8", "--exclude", "head/*", "--exclude", "Gem\"m"],
        ["--reduce-range", "--asymmetric-weights", "--bias-correction", "off", "--dispatch", "aggressive"],
        ["--input-shape", "image=1,1,8,8", "--samples", "20"],
    ])
    func aWrittenRecipeRepeatsTheQuantization(_ flags: [String]) throws {
        let first = try quantize("first.onnx", Self.calibration + flags + ["--write-recipe", folder("used.yaml")])
        let again = try quantize("again.onnx", ["--recipe", folder("used.yaml")])
        #expect(first == again)
        let samples = flags.firstIndex(of: "--samples").map { Array(flags[$0...($0 + 1)]) } ?? []
        let data = ["--calibration", OctetProgram.material + "/calibration.npy"]
        let carried = try quantize("carried.onnx", ["--recipe", folder("first.onnx")] + data + samples)
        #expect(first == carried)
    }

    @Test func flagsHaveTheLastWord() throws {
        let recipe = try folder.write("weights: uint8\nreduce-range: true\nsamples: 8\n", "recipe.yaml")
        let plain = try quantize("plain.onnx", Self.calibration + ["--samples", "16"])
        let overridden = try quantize(
            "overridden.onnx",
            Self.calibration + ["--recipe", recipe, "--weights", "int8", "--no-reduce-range", "--samples", "16"])
        #expect(plain == overridden)
    }

    /// Pictures of 8×8: brought to 16×16, the middle 8×8 cut out, or the other way round.
    @Test func preprocessingTakesStepsInAnyOrder() throws {
        func recipe(_ steps: [String]) throws -> [String] {
            let lines = ["preprocessing:"] + steps.map { "  - \($0)" }
            return ["--recipe", try folder.write(lines.joined(separator: "\n"), "steps.yaml")]
        }
        let arithmetic = ["scale: 0.0625", "mean: 0.3125"]
        let data = ["--calibration", OctetProgram.material + "/calibration.npy", "--samples", "8"]
        let flags = try quantize("flags.onnx", data + OctetProgram.digits + ["--resize", "16", "--crop", "8"])
        let same = try quantize("same.onnx", data + recipe(["resize: 16", "crop: 8"] + arithmetic))
        let other = try quantize("other.onnx", data + recipe(["crop: 4", "resize: 8"] + arithmetic))
        #expect(flags == same)
        #expect(flags != other)
        // (x − 5) / 16 = x / 16 − 0.3125, exactly in binary.
        let turned = try OctetProgram.run(
            [
                "evaluate", folder("flags.onnx"), "--json", "--data", OctetProgram.material + "/test.npy", "--labels",
                OctetProgram.material + "/test_labels.npy",
            ] + recipe(["mean: 5", "scale: 0.0625"]))
        let straight = try OctetProgram.run(["evaluate", folder("flags.onnx"), "--json"] + OctetProgram.test)
        #expect(try turned.object()["top1"] as? Double == straight.object()["top1"] as? Double)
        #expect(try turned.object()["top1"] as? Double ?? 0 > 50)
    }

    @Test(arguments: [
        ("wieghts: int8\n", ["line 1", "'wieghts'", "'weights'"]),
        ("samples: 4\n\nbias_correction: off\n", ["line 3", "'bias_correction'", "'bias-correction'"]),
        ("samples: many\n", ["line 1", "'samples'", "many"]),
        ("# words\nreduce-range: perhaps\n", ["line 2", "'reduce-range'", "perhaps"]),
        ("preprocessing:\n  - resise: 3\n", ["line 2", "'resise'", "'resize'"]),
        ("preprocessing:\n  - mean: 1\n  - crop: 3\n", ["line 1", "'preprocessing'"]),
        ("- a\n- b\n", ["mapping"]), ("a: [1, 2\n", ["no YAML"]), ("weights:\n", ["'weights'", "no value"]),
        ("weights: int8\nweights: uint8\n", ["weights"]),
    ])
    func whatCannotBeFollowedIsNamed(_ recipe: String, _ words: [String]) throws {
        let line = try refusal(recipe)
        for word in ["recipe.yaml"] + words { #expect(line.contains(word), "\(line)") }
    }

    @Test func aModelWithoutARecipeIsRefused() throws {
        let line = try OctetProgram.failure(
            ["quantize", OctetProgram.model, "-o", folder("no.onnx"), "--recipe", OctetProgram.model])
        #expect(line.contains("octet.recipe"))
    }
}
