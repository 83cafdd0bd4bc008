import GraphTestSupport
import ModelGraph
import Operators
import Quantization
import TensorCore
import Testing

@Suite struct QuantizerTests {
    /// conv → relu → max pool → conv, added to a skip connection → relu → global average pool → flatten → gemm.
    static func residualNetwork() throws -> (graph: Graph, samples: [Tensor]) {
        var builder = GraphBuilder(seed: 7)
        let x = builder.input("x", [1, 3, 8, 8])
        let first = try builder.convolution("conv1", x, inputs: 3, outputs: 8)
        let relu = try builder.node("relu1", Relu(), [first])
        let pooled = try builder.node(
            "pool", MaxPool(window: SpatialWindow(kernel: [2, 2], strides: [2, 2])), [relu])
        let second = try builder.convolution("conv2", pooled, inputs: 8, outputs: 8)
        let sum = try builder.node("add", Addition(), [second, pooled])
        let relu2 = try builder.node("relu2", Relu(), [sum])
        let mean = try builder.node("mean", GlobalAveragePool(), [relu2])
        let flat = try builder.node("flat", Flatten(), [mean])
        let w = builder.random("fc.weight", [8, 5])
        let b = builder.random("fc.bias", [5])
        let y = try builder.node("y", Gemm(), [flat, w, b])
        let graph = try builder.finish(y)
        return (graph, (0..<8).map { _ in builder.randomTensor([1, 3, 8, 8]) })
    }

    static func quantize(_ graph: Graph, _ samples: [Tensor], _ options: QuantizationOptions = .init()) throws
        -> Quantizer.Result
    {
        try Quantizer(options: options, executor: ReferenceExecutor())
            .quantize(graph, calibration: CalibrationSamples(samples.map { [$0] }))
    }

    @Test func everyNodeOfAResidualNetworkBecomesInteger() throws {
        let (graph, samples) = try Self.residualNetwork()
        let result = try Self.quantize(graph, samples)
        #expect(result.report.floatNodes.isEmpty)
        #expect(
            try result.graph.operatorNames() == [
                "Quantize", "Conv", "Relu", "MaxPool", "Conv", "Add", "Relu", "GlobalAveragePool", "Flatten", "Gemm",
            ])
        #expect(result.report.bytesAfter < result.report.bytesBefore)
    }

    @Test func outputsStayClose() throws {
        let (graph, samples) = try Self.residualNetwork()
        let result = try Self.quantize(graph, samples)
        for sample in samples {
            let expected = try graph.evaluate(sample)[0].elements(as: Float.self)
            let found = try result.graph.evaluate(sample)[0].elements(as: Float.self)
            let noise = zip(expected, found).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            let signal = expected.reduce(0) { $0 + $1 * $1 }
            #expect(noise < 1e-3 * signal)
        }
    }

    /// What the operator does not know of is no reason to end.
    @Test func anInputTooManyKeepsANodeInReals() throws {
        var builder = GraphBuilder(seed: 8)
        let x = builder.input("x", [1, 3, 8, 8])
        let w = builder.random("w", [4, 3, 1, 1])
        let y = try builder.node("y", Convolution(), [x, w, nil, builder.random("more", [4])])
        let result = try Self.quantize(builder.finish(y), [builder.randomTensor([1, 3, 8, 8])])
        #expect(try result.graph.operatorNames().contains("Conv"))
    }
}
