import Foundation
import Octet
import TestSupport
import Testing

/// The whole way on real networks and real data: read, evaluate, calibrate, quantize, write, run in integers.
@Suite(.serialized, .enabled(if: TestData.isAvailableOrRequired))
struct TrainedNetworkTests {
    @Test(arguments: TrainedNetwork.all)
    func floatAccuracyIsTheStatedOne(_ network: TrainedNetwork) throws {
        let model = try Model(path: network.path)
        let result = try ModelEvaluation.run(
            model.simplified(), executor: ExecutionOptions().executor(),
            data: network.evaluationData(for: model.graph))
        let top1 = try #require(result.classification.top1)
        #expect(abs(top1 - network.statedTop1) <= 0.2, "\(top1) % of \(result.samples)")
        #expect(result.samples >= 650 && result.skipped.isEmpty)
    }

    @Test(arguments: TrainedNetwork.all)
    func eightBitsKeepThePredictions(_ network: TrainedNetwork) throws {
        let float = try Model(path: network.path)
        let path = try QuantizedNetworks.shared.path(of: network)
        let share = try Double(FileSize.bytes(of: path)) / Double(FileSize.bytes(of: network.path))
        #expect(share <= 0.30)
        let result = try ModelEvaluation.run(
            Model(path: path).simplified(), baseline: float.simplified(), executor: ExecutionOptions().executor(),
            data: network.evaluationData(for: float.graph))
        let agreement = try #require(result.classification.agreement)
        #expect(agreement >= 94)
        let top1 = try #require(result.classification.top1)
        #expect(top1 >= network.statedTop1 - 2)
    }

    /// ONNX Runtime and OpenVINO read the pictures with Pillow and run the file that Octet wrote.
    @Test(.enabled(if: Oracles.isAvailableOrRequired), arguments: TrainedNetwork.all)
    func otherRuntimesGiveTheSamePredictions(_ network: TrainedNetwork) throws {
        let scratch = try ScratchFolder()
        let path = try QuantizedNetworks.shared.path(of: network)
        try Oracles.run("check_onnx.py", [path])
        func predictions(_ model: String, _ engine: String) throws -> [Int] {
            try Oracles.run(
                "evaluate.py",
                [model, "--case", network.name, "--engine", engine, "--save-output", scratch("scores.npy")])
            return try classes(NumPyArray(path: scratch("scores.npy")).tensor())
        }
        let float = try predictions(network.path, "ort")
        let onnxRuntime = try predictions(path, "ort")
        let openVINO = try predictions(path, "openvino")
        let own = try ownPredictions(path, network)
        #expect(float.count == own.count && onnxRuntime.count == own.count && openVINO.count == own.count)
        #expect(Self.agreement(onnxRuntime, float) >= 94)
        #expect(Self.agreement(openVINO, float) >= 94)
        #expect(Self.agreement(own, onnxRuntime) >= 99.7)
        #expect(abs(Self.agreement(openVINO, float) - Self.agreement(own, float)) <= 0.5)
    }

    /// OpenVINO's own execution graph has every convolution on 8-bit integers.
    @Test(.enabled(if: Oracles.isAvailableOrRequired), arguments: TrainedNetwork.all)
    func openVINORunsIntegers(_ network: TrainedNetwork) throws {
        let text = try Oracles.run("openvino_types.py", [QuantizedNetworks.shared.path(of: network)])
        let layers = try JSONDecoder().decode([String: [String: Int]].self, from: Data(text.utf8))
        let types = try #require(layers["Convolution"])
        #expect(Set(types.keys).isSubset(of: ["u8", "i8"]), "\(types)")
    }

    private func ownPredictions(_ path: String, _ network: TrainedNetwork) throws -> [Int] {
        let graph = try Model(path: path).simplified()
        let runner = SampleRunner(graph, executor: try ExecutionOptions().executor())
        var found: [Int] = []
        try network.evaluationData(for: graph).forEachSample(
            skipped: { _ in },
            body: { sample in
                let scores = try #require(runner.run(sample).first?.tensor?.floats)
                found.append(try #require(ClassificationMetrics.best(of: scores)))
            })
        return found
    }

    private func classes(_ scores: Tensor) throws -> [Int] {
        let values = try #require(scores.floats)
        let width = scores.count / scores.shape[0]
        return try (0..<scores.shape[0]).map { row in
            try #require(ClassificationMetrics.best(of: Array(values[row * width..<(row + 1) * width])))
        }
    }

    private static func agreement(_ left: [Int], _ right: [Int]) -> Double {
        100 * Double(zip(left, right).count { $0 == $1 }) / Double(max(left.count, 1))
    }
}
