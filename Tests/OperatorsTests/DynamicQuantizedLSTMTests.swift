import Operators
import TensorCore
import Testing

@Suite struct DynamicQuantizedLSTMTests {
    /// Both directions of a batch of two, against what ONNX Runtime 1.31 gives.
    @Test func agreesWithOnnxRuntime() throws {
        func codes(_ shape: [Int], _ factor: Int) -> Tensor {
            Tensor((0..<shape.reduce(1, *)).map { Int8(($0 * factor) % 255 - 127) }, shape: shape)
        }
        let x = Tensor((0..<18).map { Float(($0 * 7) % 23 - 11) / 8 }, shape: [3, 2, 3])
        let bias = Tensor((0..<32).map { Float(($0 * 5) % 17 - 8) / 16 }, shape: [2, 16])
        let first = Tensor((0..<8).map { Float(($0 * 3) % 7 - 3) / 4 }, shape: [2, 2, 2])
        let zero = Tensor([Int8](repeating: 0, count: 2), shape: [2])
        let op = DynamicQuantizedLongShortTermMemory(
            cell: LongShortTermMemory(layer: RecurrentLayer(direction: .bidirectional)))
        let outputs = try evaluate(
            op,
            [
                x, codes([2, 3, 8], 37), codes([2, 2, 8], 53), bias, nil, first, nil, nil,
                Tensor([Float(0.01), 0.02], shape: [2]), zero, Tensor([Float(0.015), 0.005], shape: [2]), zero,
            ], outputCount: 3)
        let expected: [[Float]] = [
            [
                -0.2655112, 0.3704163, 0.01481088, -0.06394239, 0.00702444, -0.006352688, -0.07193296, -0.1743581,
                0.1438097, 0.01876537, 0.223168, -0.04796212, -0.05596836, -0.07935292, -0.02984133, -0.1078048,
                0.06996992, -0.08803553, 0.05676707, -0.1641309, -0.0790448, 0.06805161, -0.04935157, -0.07374215,
            ],
            [
                0.06996992, -0.08803553, 0.05676707, -0.1641309, 0.00702444, -0.006352688, -0.07193296, -0.1743581,
            ],
            [0.1452497, -0.170025, 0.1079321, -0.3413194, 0.3395754, -0.04517318, -0.1600505, -0.1777714],
        ]
        #expect(outputs.map(\.shape) == [[3, 2, 2, 2], [2, 2, 2], [2, 2, 2]])
        for (output, values) in zip(outputs, expected) {
            for (found, value) in zip(try #require(output.floats), values) { #expect(abs(found - value) < 1e-6) }
        }
    }

    @Test func scalesMustFitTheWeights() {
        let weights = Tensor([Int8](repeating: 1, count: 4), shape: [1, 1, 4])
        let scale = Tensor([Float(1), 1], shape: [2])
        let found = kind {
            _ = try evaluate(
                DynamicQuantizedLongShortTermMemory(cell: LongShortTermMemory()),
                [
                    Tensor([Float(1)], shape: [1, 1, 1]), weights, weights, nil, nil, nil, nil, nil, scale, nil,
                    scale, nil,
                ], outputCount: 3)
        }
        #expect(found == .invalidModel)
    }
}
