import GraphTestSupport
import ModelGraph
import Operators
import Quantization
import TensorCore
import Testing

@Suite struct WeightTests {
    /// A 1 × 1 convolution with these weights (one row a channel) and biases on one input channel.
    private func quantized(
        weights: [Float], bias: [Float], input: Float = 1, scheme: QuantizationScheme = QuantizationScheme()
    ) throws -> (graph: Graph, float: Graph, sample: Tensor) {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 1, 1, 2])
        let w = builder.constant("w", weights, [weights.count, 1, 1, 1])
        let b = builder.constant("b", bias, [bias.count])
        let y = try builder.node("y", Convolution(), [x, w, b])
        let graph = try builder.finish(y)
        let sample = Tensor([input, -input], shape: [1, 1, 1, 2])
        let options = QuantizationOptions(scheme: scheme)
        return (try QuantizerTests.quantize(graph, [sample], options).graph, graph, sample)
    }

    @Test func weightsArePerChannelSymmetricAndRestricted() throws {
        let (graph, _, _) = try quantized(weights: [0.5, -2], bias: [0, 0])
        let weight = try #require(graph.value(named: "w").flatMap { graph[$0].constant })
        #expect(weight.elements(as: Int8.self) == [127, -127])
        #expect(weight.quantization?.scales == [Float(0.5 / 127.0), Float(2 / 127.0)])
        #expect(weight.quantization?.axis == 0)
    }

    @Test func aChannelOfZerosTakesTheLargestScale() throws {
        let (graph, _, _) = try quantized(weights: [0, -2], bias: [0.01, 0])
        let weight = try #require(graph.value(named: "w").flatMap { graph[$0].constant })
        #expect(weight.quantization?.scales == [Float(2 / 127.0), Float(2 / 127.0)])
    }

    @Test func aBiasTooLargeForItsUnitEnlargesTheWeightScale() throws {
        let (graph, float, sample) = try quantized(weights: [1e-9, 1], bias: [1000, 1000])
        let weight = try #require(graph.value(named: "w").flatMap { graph[$0].constant })
        let bias = try #require(graph.value(named: "b").flatMap { graph[$0].constant })
        #expect(bias.elements(as: Int32.self).allSatisfy { $0 > 0 && $0 < Int32.max - 255 * 128 })
        let scales = try #require(weight.quantization).scales
        #expect(scales[0] > 1e-9 / 127 && scales[1] == Float(1.0 / 127))
        let expected = try float.evaluate(sample)[0].elements(as: Float.self)
        let found = try graph.evaluate(sample)[0].elements(as: Float.self)
        #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 4 })
    }

    @Test func biasUnitIsTheProductOfTheScales() throws {
        let (graph, _, _) = try quantized(weights: [0.5, -2], bias: [0.3, -0.7])
        let conv = try #require(graph.node(named: "y"))
        let input = try #require(conv.input(0).flatMap { graph[$0].quantization })
        let weight = try #require(conv.input(1).flatMap { graph[$0].quantization })
        let bias = try #require(conv.input(2).flatMap { graph[$0].constant })
        #expect(bias.quantization?.scales == weight.scales.map { input.scales[0] * $0 })
        let codes = bias.elements(as: Int32.self)
        #expect(
            codes
                == zip([Float(0.3), -0.7], weight.scales).map { value, scale in
                    Int32((Double(value) / Double(input.scales[0] * scale)).rounded(.toNearestOrEven))
                })
    }

    @Test(arguments: [Float.nan, .infinity])
    func weightsThatAreNotFiniteNameTheInitializer(_ bad: Float) throws {
        let error = #expect(throws: OctetError.self) { try quantized(weights: [bad, 1], bias: [0, 0]) }
        #expect(error?.message.contains("'w'") == true)
        #expect(error?.kind == .invalidModel || error?.kind == .invalidData)
    }

    @Test func noSamplesIsAnError() throws {
        let (graph, _) = try QuantizerTests.residualNetwork()
        let error = #expect(throws: OctetError.self) { try QuantizerTests.quantize(graph, []) }
        #expect(error?.kind == .invalidData)
    }

    @Test func aQuantizedGraphIsRefused() throws {
        let (graph, samples) = try QuantizerTests.residualNetwork()
        let once = try QuantizerTests.quantize(graph, samples).graph
        let error = #expect(throws: OctetError.self) { try QuantizerTests.quantize(once, samples) }
        #expect(error?.kind == .invalidArgument)
    }

    @Test func calibrationDataThatIsNotFiniteNamesTensorAndSample() throws {
        let (graph, samples) = try QuantizerTests.residualNetwork()
        var values = samples[1].elements(as: Float.self)
        values[5] = .nan
        let bad = Tensor(values, shape: samples[1].shape)
        let error = #expect(throws: OctetError.self) { try QuantizerTests.quantize(graph, [samples[0], bad]) }
        #expect(error?.kind == .invalidData)
        #expect(error?.message.contains("sample 1, tensor 'x'") == true)
    }

    @Test func schemesThatNoKernelFollowsAreRefused() throws {
        let (graph, samples) = try QuantizerTests.residualNetwork()
        for scheme in [
            QuantizationScheme(activationType: .int8, weightType: .uint8), QuantizationScheme(activationType: .float32),
            QuantizationScheme(weightType: .int32),
        ] {
            let error = #expect(throws: OctetError.self) {
                try QuantizerTests.quantize(graph, samples, QuantizationOptions(scheme: scheme))
            }
            #expect(error?.kind == .invalidArgument)
        }
    }
}
