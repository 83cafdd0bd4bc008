import Octet
import TestSupport
import Testing

/// A transformer on token ids: matrix products of two activations, normalization in pieces, GELU by Erf.
@Suite struct SentimentTests {
    private static let path = TestData.root + "/models/sst2_transformer_2l.onnx"

    @Test(.enabled(if: TestData.isAvailableOrRequired))
    func theAccuracyIsThatOfTheOriginal() throws {
        // 78.78 % as the README of the models says.
        #expect(try Self.right(Model(path: Self.path)) == 687)
    }

    /// Of 872 sentences at most 1 % more are wrong, and the tables of embeddings shrink as well.
    @Test(
        .enabled(if: TestData.isAvailableOrRequired),
        arguments: [(QuantizationMethod.dynamic, 0.3), (.weights, 0.3), (.float16, 0.55)])
    func methodsWithoutDataKeepIt(_ method: QuantizationMethod, _ share: Double) throws {
        let scratch = try ScratchFolder()
        try Model(path: Self.path).quantized(method: method).model.write(to: scratch("small.onnx"))
        if Oracles.isAvailableOrRequired { try Oracles.run("check_onnx.py", [scratch("small.onnx")]) }
        let bytes = try (FileSize.bytes(of: scratch("small.onnx")), FileSize.bytes(of: Self.path))
        #expect(Double(bytes.0) < share * Double(bytes.1), "\(bytes)")
        #expect(try Self.right(Model(path: scratch("small.onnx"))) >= 687 - 9)
    }

    private static func right(_ model: Model) throws -> Int {
        let folder = TestData.root + "/data/sst2/"
        let ids = try NumPyArray(path: folder + "dev_ids48.npy").tensor()
        let labels = try #require(try NumPyArray(path: folder + "dev_labels.npy").tensor().integers)
        let tokens = try #require(ids.integers).map(Int64.init)
        let session = try model.session()
        let batch = 109
        #expect(labels.count == 872 && ids.shape == [872, 48])
        var right = 0
        for first in stride(from: 0, to: labels.count, by: batch) {
            let part = Array(tokens[first * 48..<(first + batch) * 48])
            let outputs = try session.run([
                "input_ids": Tensor(part, shape: [batch, 48]),
                "attention_mask": Tensor(part.map { $0 == 0 ? 0 : 1 } as [Int64], shape: [batch, 48]),
            ])
            let logits = try #require(outputs["logits"]?.floats)
            for row in 0..<batch where (logits[2 * row + 1] > logits[2 * row] ? 1 : 0) == labels[first + row] {
                right += 1
            }
        }
        return right
    }
}
