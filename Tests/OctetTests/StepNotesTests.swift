import Foundation
import Octet
import Testing

/// Each step of a plan says why its result is not in integers.
@Suite struct StepNotesTests {
    private static let demo = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/OctetCommand/Resources/Demo").path

    private func steps(_ model: Model) throws -> [StepDescription] {
        let session = try model.session(ExecutionOptions(threads: 1))
        let ready = try session.prepare(session.concreteInputTypes())
        return try #require(ready as? Session).plan.stepDescriptions
    }

    @Test func aFloatNetworkIsNotQuantized() throws {
        let steps = try steps(Model(path: Self.demo + "/digits_cnn.onnx"))
        #expect(steps.count > 5)
        #expect(steps.allSatisfy { $0.note == "the network is not quantized" })
    }

    @Test func onlyRealResultsHaveAReason() throws {
        let model = try Model(path: Self.demo + "/digits_cnn.onnx")
        let data = try DataSource.open(
            Self.demo + "/calibration.npy", for: model.graph,
            preprocessing: Preprocessing(scale: .factor(0.0625), mean: [0.3125]))
        let steps = try steps(
            model.quantized(calibration: data, options: QuantizationOptions(sampleLimit: 16)).model)
        #expect(steps.contains { $0.note.isEmpty } && steps.contains { !$0.note.isEmpty })
        for step in steps {
            #expect(step.note.isEmpty == (step.elementType != "float32"), "\(step.node) \(step.kernel): \(step.note)")
        }
    }
}
