import Foundation
import Octet
import TestSupport
import Testing

/// Reading a model and writing it again changes nothing that matters: the ONNX checker and ONNX Runtime say so.
@Suite(.enabled(if: Oracles.isAvailableOrRequired))
struct ConversionTests {
    /// Inputs that the speech network needs: a chunk of 16000 samples a second.
    private static let speech = #"{"input": [1, 576], "sr": 16000}"#

    /// Writes copies and compares them; returns how many had outputs to compare.
    private func compare(_ originals: [String], externalAbove: Int = .max) throws -> Int {
        let scratch = try ScratchFolder()
        var pairs: [String] = []
        for (index, original) in originals.enumerated() {
            let copy = scratch("\(index).onnx")
            try Model(path: original).write(to: copy, externalDataThreshold: externalAbove)
            pairs.append("\(original)\t\(copy)" + (original.contains("silero") ? "\t\(Self.speech)" : ""))
        }
        let output = try Oracles.run("compare_models.py", [scratch.write(pairs.joined(separator: "\n"), "pairs.txt")])
        return try #require(Int(output.split(separator: " ").last?.trimmingCharacters(in: .newlines) ?? ""))
    }

    @Test(.enabled(if: TestData.isAvailableOrRequired), arguments: TestData.files(in: "models", ending: ".onnx"))
    func trainedNetworksStayWhatTheyAre(_ path: String) throws {
        #expect(try compare([path]) == 1)
    }

    /// The same with the tensors in a file of their own, as for models above 2 GB.
    @Test(.enabled(if: TestData.isAvailableOrRequired), arguments: ["cifar10_resnet20", "silero_vad_16k_op15"])
    func soTheyDoWithTheirTensorsApart(_ name: String) throws {
        #expect(try compare([TestData.model(name)], externalAbove: 10_000) == 1)
    }

    @Test(.enabled(if: Oracles.hasBackendTestsOrRequires))
    func operatorsStayWhatTheyAre() throws {
        let folder = URL(filePath: Oracles.backendTests).resolvingSymlinksInPath().path
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let models = files.filter { $0.hasSuffix("/model.onnx") }.sorted().map { folder + "/" + $0 }
        // What Octet refuses to read, it does not convert.
        let readable = models.filter { (try? OnnxReader.read(path: $0)) != nil }
        #expect(readable.count >= models.count - 20)
        #expect(try compare(readable) >= 1400)
    }
}
