import GraphPasses
import GraphTestSupport
import ModelGraph
import Operators
import Quantization
import TensorCore
import Testing

/// Operators with parameter inputs: written from a quantized graph, and read into one.
@Suite struct QOperatorTests {
    @Test(arguments: RepresentationTests.schemes)
    func writingAndReadingGivesTheSameIntegers(_ scheme: QuantizationScheme) throws {
        let (graph, samples) = try QuantizerTests.residualNetwork()
        let quantized = try QuantizerTests.quantize(graph, samples, QuantizationOptions(scheme: scheme)).graph
        let lowered = try LowerQuantization.lower(quantized, as: .qoperator)
        #expect(lowered.valueIDs.allSatisfy { lowered[$0].quantization == nil })
        let raised = try RaiseQuantization.raise(lowered)
        #expect(raised.nodeIDs.allSatisfy { !(raised[$0].op is any QOperator) && !(raised[$0].op is StorageCast) })
        for sample in samples.prefix(3) {
            let expected = try quantized.evaluate(sample)[0].elements(as: Float.self)
            #expect(try lowered.evaluate(sample)[0].elements(as: Float.self) == expected)
            #expect(try raised.evaluate(sample)[0].elements(as: Float.self) == expected)
            for name in ["relu1", "pool", "conv2", "relu2", "mean"] {
                let codes = try #require(quantized.evaluate(name, sample)?.integers)
                #expect(try lowered.evaluate(name, sample)?.integers == codes, "\(name)")
                #expect(try raised.evaluate(name, sample)?.integers == codes, "\(name)")
            }
        }
    }

    @Test func theFormIsThatOfOnnxRuntime() throws {
        let (graph, samples) = try QuantizerTests.residualNetwork()
        let unsigned = try QuantizerTests.quantize(graph, samples).graph
        #expect(
            try LowerQuantization.lower(unsigned, as: .qoperator).operatorNames() == [
                "QuantizeLinear", "QLinearConv", "MaxPool", "QLinearConv", "QLinearAdd", "QLinearGlobalAveragePool",
                "Flatten", "QGemm",
            ])
        // Around a zero point in the middle a Relu is a clamp of codes.
        let scheme = QuantizationScheme(activationType: .int8, symmetricActivations: true)
        let signed = try QuantizerTests.quantize(graph, samples, QuantizationOptions(scheme: scheme)).graph
        let names = try LowerQuantization.lower(signed, as: .qoperator).operatorNames()
        #expect(names.count { $0 == "Clip" } == 2 && !names.contains("DequantizeLinear"))
    }

    @Test func whatHasNoFormStandsBetweenBorders() throws {
        let (graph, samples) = try QuantizerTests.residualNetwork()
        let options = QuantizationOptions(
            scheme: QuantizationScheme(results: .integer), excluded: [NamePattern("MaxPool")])
        let quantized = try QuantizerTests.quantize(graph, samples, options).graph
        let lowered = try LowerQuantization.lower(quantized, as: .qoperator)
        let names = try lowered.operatorNames()
        #expect(names.contains("DequantizeLinear") && names.contains("QLinearConv"))
        let sample = samples[0]
        #expect(
            try lowered.evaluate(sample)[0].elements(as: Float.self)
                == quantized.evaluate(sample)[0].elements(as: Float.self))
    }

    @Test func widerIntegersAreRefused() throws {
        var graph = Graph()
        let parameters = QuantizationParameters(scale: 0.1, zeroPoint: 0)
        let x = graph.addValue(name: "x", type: .tensor(.float32, [4]))
        let wide = graph.addValue(
            name: "wide", type: .tensor(TensorType(.int16, fixedShape: [4], quantization: parameters)))
        graph.inputs = [x]
        try graph.addNode(Node(name: "q", op: Quantize(), inputs: [x], outputs: [wide]))
        let error = try #require(
            #expect(throws: OctetError.self) { try LowerQuantization.lower(graph, as: .qoperator) })
        #expect(error.kind == .invalidArgument && "\(error)".contains("wide"))
    }

    /// A file as ONNX Runtime writes it, with the operators that keep codes as they are on plain integers.
    private struct Network {
        var builder = GraphBuilder(seed: 40)

        mutating func parameters(_ scale: Float, _ zeroPoint: UInt8) -> [ValueID] {
            let name = "\(builder.graph.valueCapacity)"
            return [
                builder.constant("\(name).scale", [scale], []),
                builder.graph.addConstant(name: "\(name).zero", Tensor(scalar: zeroPoint)),
            ]
        }

        mutating func codes(_ name: String, _ shape: [Int]) -> ValueID {
            let codes = (0..<shape.reduce(1, *)).map { UInt8(truncatingIfNeeded: $0 * 71 + 13) }
            return builder.graph.addConstant(name: name, Tensor(codes, shape: shape))
        }
    }

    @Test func codesPassThroughMovementPoolsAndClamps() throws {
        var network = Network()
        let x = network.builder.input("x", [1, 4, 6, 6])
        let near = network.parameters(0.01, 128)
        let far = network.parameters(0.03, 90)
        let q = try network.builder.node("q", QuantizeLinear(), [x] + near)
        let pool = try network.builder.node(
            "pool", MaxPool(window: SpatialWindow(kernel: [2, 2], strides: [2, 2])), [q])
        let shape = network.builder.integers("shape", [1, 4, 9])
        let flat = try network.builder.node("flat", Reshape(), [pool, shape])
        let lower = network.builder.graph.addConstant(name: "lower", Tensor(scalar: UInt8(128)))
        let clipped = try network.builder.node("clipped", Clip(), [flat, lower])
        let pads = network.builder.integers("pads", [0, 0, 1, 0, 0, 2])
        let padded = try network.builder.node("padded", Pad(), [clipped, pads, lower])
        let other = network.codes("other", [4, 1])
        let sum = try network.builder.node("sum", QuantizedAddition(), [padded] + near + [other] + far + far)
        let joined = try network.builder.node(
            "joined", QuantizedConcatenation(axis: 1), far + [sum] + far + [padded] + near)
        let y = try network.builder.node("y", DequantizeLinear(), [joined] + far)
        let graph = try network.builder.finish(y)
        let raised = try RaiseQuantization.raise(graph)
        #expect(
            try raised.operatorNames() == [
                "Quantize", "MaxPool", "Reshape", "Clip", "Pad", "Add", "Concat", "Dequantize",
            ])
        let sample = network.builder.randomTensor([1, 4, 6, 6], -1.3, 1.3)
        #expect(
            try graph.evaluate(sample)[0].elements(as: Float.self)
                == raised.evaluate(sample)[0].elements(as: Float.self))
    }

    /// An operator without a typed form keeps its parameter inputs; its neighbours lose theirs.
    @Test func anOperatorThatStaysDoesNotHoldOthersBack() throws {
        var network = Network()
        let x = network.builder.input("x", [2, 6])
        let (near, far, shares) = (
            network.parameters(0.01, 128), network.parameters(0.03, 90), network.parameters(1 / 256, 0)
        )
        let q = try network.builder.node("q", QuantizeLinear(), [x] + near)
        let other = network.codes("other", [6])
        let product = try network.builder.node(
            "product", QuantizedMultiplication(), [q] + near + [other] + far + far)
        let softmax = try network.builder.node("softmax", QuantizedSoftmax(), [product] + far + shares)
        let y = try network.builder.node("y", DequantizeLinear(), [softmax] + shares)
        // The same codes read with other parameters.
        let z = try network.builder.node("z", DequantizeLinear(), [product] + near)
        let graph = try network.builder.finish(y, z)
        let raised = try RaiseQuantization.raise(graph)
        #expect(
            Set(try raised.operatorNames())
                == ["Quantize", "Mul", "QLinearSoftmax", "Dequantize", "StorageCast"])
        let lowered = try LowerQuantization.lower(raised)
        let sample = network.builder.randomTensor([2, 6], -1.3, 1.3)
        for other in [raised, lowered] {
            for (found, expected) in zip(try other.evaluate(sample), try graph.evaluate(sample)) {
                #expect(found.elements(as: Float.self) == expected.elements(as: Float.self))
            }
        }
    }
}
