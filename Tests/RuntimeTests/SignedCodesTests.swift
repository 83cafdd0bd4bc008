import Kernels
import ModelGraph
import Operators
import Runtime
import TensorCore
import Testing

/// int8 codes in and out of a compiled graph, which carries them as uint8.
@Suite struct SignedCodesTests {
    /// x → Conv with weights around 128 → y; its codes, their sigmoids and reals.
    private func network() throws -> Graph {
        var graph = Graph()
        func value(_ name: String, _ type: ElementType, _ parameters: QuantizationParameters?) -> ValueID {
            graph.addValue(
                name: name, type: .tensor(TensorType(type, fixedShape: [1, 3, 4, 4], quantization: parameters)))
        }
        let near = QuantizationParameters(scale: 0.02, zeroPoint: -7)
        let far = QuantizationParameters(scale: 0.05, zeroPoint: 3)
        let x = value("x", .int8, near)
        let weights = Tensor(
            (0..<27).map { UInt8(truncatingIfNeeded: $0 * 97 + 5) }, shape: [3, 1, 3, 3],
            quantization: .init(scales: [0.01, 0.02, 0.03], zeroPoints: [128, 128, 128], axis: 0))
        let y = value("y", .int8, far)
        let window = SpatialWindow(padding: .explicit([1, 1, 1, 1]))
        try graph.addNode(
            Node(
                name: "conv", op: Convolution(window: window, group: 3),
                inputs: [x, graph.addConstant(name: "w", weights)], outputs: [y]))
        let codes = value("codes", .int8, nil)
        try graph.addNode(Node(name: "cast", op: StorageCast(), inputs: [y], outputs: [codes]))
        let sigmoid = value("sigmoid", .int8, .init(scale: 1 / 256, zeroPoint: -128))
        let scalars =
            [Tensor(scalar: Float(0.05)), Tensor(scalar: Int8(3)), Tensor(scalar: Float(1) / 256)]
            + [Tensor(scalar: Int8(-128))]
        let parameters = scalars.enumerated().map { graph.addConstant(name: "parameter \($0)", $1) }
        try graph.addNode(
            Node(name: "sigmoid", op: QuantizedSigmoid(), inputs: [y] + parameters, outputs: [sigmoid]))
        let reals = value("reals", .float32, nil)
        try graph.addNode(Node(name: "reals", op: Dequantize(), inputs: [sigmoid], outputs: [reals]))
        graph.inputs = [x]
        graph.outputs = [y, codes, sigmoid, reals]
        return graph
    }

    @Test(arguments: InstructionSet.supported)
    func compiledEqualsReference(_ set: InstructionSet) throws {
        let graph = try network()
        let x = Tensor(
            (0..<48).map { Int8(truncatingIfNeeded: $0 * 53 + 11) }, shape: [1, 3, 4, 4],
            quantization: .init(scale: 0.02, zeroPoint: -7))
        let compiled = CompiledExecutor(kernels: try KernelTable(set), pool: nil)
        let executors: [any Executor] = [ReferenceExecutor(), compiled]
        let results = try executors.map { executor in
            try executor.prepare(graph, inputTypes: [x.type], keeping: []).run([.tensor(x)]).map { datum in
                try #require(datum.tensor).withBytes { Array($0) }
            }
        }
        #expect(results[0] == results[1])
        #expect(Set(results[0][1]).count > 10)
    }
}
