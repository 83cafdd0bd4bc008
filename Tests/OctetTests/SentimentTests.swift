import Octet
import TestSupport
import Testing

/// A transformer on token ids: matrix products of two activations, normalization in pieces, GELU by Erf.
@Suite struct SentimentTests {
    @Test(.enabled(if: TestData.isAvailableOrRequired))
    func theAccuracyIsThatOfTheOriginal() throws {
        let folder = TestData.root + "/data/sst2/"
        let ids = try NumPyArray(path: folder + "dev_ids48.npy").tensor()
        let labels = try #require(try NumPyArray(path: folder + "dev_labels.npy").tensor().integers)
        let tokens = try #require(ids.integers).map(Int64.init)
        let session = try Model(path: TestData.root + "/models/sst2_transformer_2l.onnx").session()
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
        // 78.78 % as the README of the models says.
        #expect(right == 687)
    }
}
