import Foundation
import Octet
import TestSupport
import Testing

/// A speech network with an LSTM inside If nodes, its state carried on from step to step.
@Suite struct VoiceActivityTests {
    /// 16-bit samples behind the 44 bytes of the simplest header.
    private func samples(_ path: String) throws -> [Float] {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)).dropFirst(44))
        return stride(from: 0, to: bytes.count - 1, by: 2).map { index in
            Float(Int16(bitPattern: UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8)) / 32768
        }
    }

    @Test(.enabled(if: TestData.isAvailableOrRequired))
    func theProbabilityOfSpeechIsThatOfTheOriginal() throws {
        let clip = try samples(TestData.root + "/data/vad/test.wav")
        let expected = try #require(
            try NumPyArray(path: TestData.root + "/data/vad/test_expected_prob.npy").tensor().floats)
        #expect(expected.count == 1874)
        let session = try Model(path: TestData.root + "/models/silero_vad_16k_op15.onnx").session()
        var context = [Float](repeating: 0, count: 64)
        var state = Tensor(.float32, shape: [2, 1, 128])
        var worst: Float = 0
        for (step, wanted) in expected.enumerated() {
            let chunk = context + clip[step * 512..<(step + 1) * 512]
            let outputs = try session.run([
                "input": Tensor(chunk, shape: [1, 576]), "state": state, "sr": Tensor(scalar: Int64(16000)),
            ])
            let found = try #require(outputs["output"]?.floats?.first)
            worst = max(worst, abs(found - wanted))
            state = try #require(outputs["stateN"])
            context = Array(chunk.suffix(64))
        }
        #expect(worst <= 1e-3)
    }
}
