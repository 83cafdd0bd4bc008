import GraphTestSupport
import ModelGraph
import Operators
import TensorCore
import Testing

@testable import Quantization

@Suite struct EqualizationTests {
    /// conv → Relu6 → depthwise conv → Relu → conv, with channels of very different sizes.
    private static func network() throws -> (graph: Graph, samples: [[Tensor]]) {
        var builder = GraphBuilder(seed: 12)
        let x = builder.input("x", [1, 3, 6, 6])
        let sizes: [Float] = [0.01, 0.1, 1, 4]
        let w1 = builder.randomTensor([4, 3, 1, 1]).elements(as: Float.self)
        let first = builder.constant("w1", w1.indices.map { w1[$0] * sizes[$0 / 3] }, [4, 3, 1, 1])
        let low = builder.graph.addConstant(name: "low", Tensor([Float(0)], shape: []))
        let high = builder.graph.addConstant(name: "high", Tensor([Float(6)], shape: []))
        let b1 = builder.random("b1", [4], 0, 0.02)
        var value = try builder.node("conv1", Convolution(), [x, first, b1])
        value = try builder.node("clip", Clip(), [value, low, high])
        let window = SpatialWindow(padding: .explicit([1, 1, 1, 1]))
        let w2 = builder.random("w2", [4, 1, 3, 3])
        let b2 = builder.random("b2", [4])
        value = try builder.node("depthwise", Convolution(window: window, group: 4), [value, w2, b2])
        value = try builder.node("relu", Relu(), [value])
        let w3 = builder.random("w3", [2, 4, 1, 1])
        let b3 = builder.random("b3", [2])
        value = try builder.node("conv3", Convolution(), [value, w3, b3])
        let graph = try builder.finish(value)
        return (graph, (0..<12).map { _ in [builder.randomTensor([1, 3, 6, 6], -2, 2)] })
    }

    @Test func keepsTheFunctionAndNarrowsTheSpreadOfTheChannels() throws {
        let (graph, samples) = try Self.network()
        var equalization = Equalization(graph)
        #expect(!equalization.isEmpty)
        try equalization.measure(
            CalibrationSamples(samples), indices: Array(samples.indices), executor: ReferenceExecutor()
        ) {}
        let equalized = try equalization.equalized()
        for sample in samples {
            let expected = try graph.evaluate(sample[0])[0].elements(as: Float.self)
            let found = try equalized.evaluate(sample[0])[0].elements(as: Float.self)
            #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 1e-4 * max(1, abs($0)) })
        }
        func spread(_ graph: Graph) throws -> Float {
            let id = try #require(graph.value(named: "w1"))
            let sizes = try ChannelExtremes(of: #require(graph[id].constant), axis: 0).magnitudes
            return (sizes.max() ?? 0) / (sizes.min() ?? 1)
        }
        #expect(try spread(equalized) < 0.2 * spread(graph))
    }

    @Test func helpsWeightsWithOneScaleATensor() throws {
        let (graph, samples) = try Self.network()
        let result = try Quantizer(
            options: QuantizationOptions(scheme: QuantizationScheme(granularity: .tensor)),
            executor: ReferenceExecutor()
        ).quantize(graph, calibration: CalibrationSamples(samples))
        let equalization = try #require(result.report.refinements.first { $0.name == "equalization" })
        #expect(equalization.isApplied)
        #expect(equalization.errorAfter < 0.8 * equalization.errorBefore)
    }

    @Test func isNotTriedForChannelScales() throws {
        let (graph, samples) = try Self.network()
        let result = try Quantizer(executor: ReferenceExecutor())
            .quantize(graph, calibration: CalibrationSamples(samples))
        #expect(!result.report.refinements.contains { $0.name == "equalization" })
    }
}
