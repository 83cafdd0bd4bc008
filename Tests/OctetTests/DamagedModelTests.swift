import Foundation
import Octet
import TestSupport
import Testing

/// Damaged copies of the demo's networks, float and int8: reading, compiling, running and quantizing them ends, and
/// ends well or in an `OctetError`.
struct DamagedModelTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let models = [
        "Sources/OctetCommand/Resources/Demo/digits_cnn.onnx",
        "Examples/Classify/Sources/Classify/Resources/digits_cnn.int8.onnx",
    ]

    @Test(arguments: models)
    func damageIsAnError(_ path: String) throws {
        let original = [UInt8](try Data(contentsOf: Self.package.appending(path: path)))
        let scratch = try ScratchFolder()
        let image = Tensor([Float](repeating: 0.25, count: 64), shape: [1, 1, 8, 8])
        var random = SplitMix64(state: 3)
        var refused = 0
        for _ in 0..<400 {
            var bytes = original
            for _ in 0...Int(random.next() % 3) {
                // Nodes stand at the front of the file, weights fill the rest.
                let limit = random.next() % 4 == 0 ? bytes.count : 6000
                bytes[Int(random.next() % UInt64(limit))] ^= 1 << UInt8(random.next() % 8)
            }
            do {
                let model = try Model(path: scratch.write(bytes, "damaged.onnx"))
                let options = ExecutionOptions(threads: 1, memoryLimit: 1 << 28)
                _ = try model.session(options).run(["image": image])
                let samples = CalibrationSamples([[image]])
                _ = try Quantizer(executor: options.executor()).quantize(model.graph, calibration: samples)
            } catch let error as OctetError {
                refused += error.message.isEmpty ? 0 : 1
            }
        }
        #expect(refused > 50)
    }
}

/// A small generator with a fixed sequence (Steele, Lea, Flood 2014).
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
