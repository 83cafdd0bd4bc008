import GraphPasses
import GraphTestSupport
import ModelGraph
import Operators
import Quantization
import TensorCore
import Testing

/// A graph as text in which IDs and names do not appear: two graphs with the same text compute the same.
func structure(_ graph: Graph) throws -> [String] {
    var labels: [ValueID: String] = [:]
    for (index, input) in graph.inputs.enumerated() { labels[input] = "input \(index) \(graph[input].type)" }
    func label(_ value: ValueID) -> String {
        if let label = labels[value] { return label }
        guard let constant = graph[value].constant else { return "?" }
        let contents = constant.integers.map { "\($0)" } ?? constant.floats.map { "\($0)" } ?? "?"
        let scales = constant.quantization.map { "\($0.scales) \($0.zeroPoints) \($0.axis ?? -1)" } ?? ""
        return "\(constant.type) \(contents) \(scales)"
    }
    var lines: [String] = []
    for id in try graph.executionOrder() {
        let node = graph[id]
        let inputs = node.inputs.map { $0.map(label) ?? "none" }.joined(separator: " | ")
        let line = "\(node.op) (\(inputs)) -> \(node.outputs.map { $0.map { "\(graph[$0].type)" } ?? "none" })"
        for (index, output) in node.outputs.enumerated() {
            if let output { labels[output] = "[\(line)].\(index)" }
        }
        lines.append(line)
    }
    return lines.sorted() + graph.outputs.map { "result \(graph[$0].name) \(label($0))" }
}

@Suite struct RepresentationTests {
    private func quantized(_ options: QuantizationOptions = .init()) throws -> (Graph, [Tensor]) {
        let (graph, samples) = try QuantizerTests.residualNetwork()
        return (try QuantizerTests.quantize(graph, samples, options).graph, samples)
    }

    static let schemes = [
        QuantizationScheme(), QuantizationScheme(activationType: .int8),
        QuantizationScheme(activationType: .int8, symmetricActivations: true, granularity: .tensor),
        QuantizationScheme(weightType: .uint8, symmetricWeights: false),
        QuantizationScheme(reduceRange: true),
    ]

    @Test(arguments: schemes)
    func loweringAndRaisingGivesTheSameGraph(_ scheme: QuantizationScheme) throws {
        let (graph, _) = try quantized(QuantizationOptions(scheme: scheme))
        let lowered = try LowerQuantization.lower(graph)
        #expect(lowered.valueIDs.allSatisfy { lowered[$0].quantization == nil })
        let raised = try RaiseQuantization.raise(lowered)
        #expect(try structure(raised) == structure(graph))
    }

    @Test(arguments: ["fc*", "conv2", "Add", "MaxPool", "conv1"])
    func floatIslandsSurviveTheRoundTrip(_ pattern: String) throws {
        let (graph, samples) = try quantized(QuantizationOptions(excluded: [NamePattern(pattern)]))
        let raised = try RaiseQuantization.raise(LowerQuantization.lower(graph))
        for sample in samples.prefix(2) {
            let expected = try graph.evaluate(sample)[0].elements(as: Float.self)
            let found = try raised.evaluate(sample)[0].elements(as: Float.self)
            #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 0.02 })
        }
    }

    @Test func theLoweredGraphComputesNearlyTheSame() throws {
        let (graph, samples) = try quantized()
        let lowered = try LowerQuantization.lower(graph)
        for sample in samples {
            let expected = try graph.evaluate(sample)[0].elements(as: Float.self)
            let found = try lowered.evaluate(sample)[0].elements(as: Float.self)
            #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 0.02 })
        }
    }

    @Test func loweringIsWhatOtherToolsWrite() throws {
        let (graph, _) = try quantized()
        let lowered = try LowerQuantization.lower(graph)
        let names = try lowered.operatorNames()
        // Inputs, two pools, Flatten, two clamps behind their nodes, the first Add input …
        #expect(names.filter { $0 == "QuantizeLinear" }.count == 7)
        // … each dequantized once, and three weights and biases.
        #expect(names.filter { $0 == "DequantizeLinear" }.count == 7 + 6)
        #expect(lowered.outputs.map { lowered[$0].name } == ["y"])
        // The float tensors keep their names; the weights' floats are what DequantizeLinear gives.
        for name in ["conv1", "relu1", "pool", "conv2", "add", "mean", "conv1.weight", "fc.bias"] {
            let id = try #require(lowered.value(named: name))
            #expect(lowered[id].type.tensorType?.elementType == .float32)
            #expect(lowered[id].constant == nil)
        }
        let weight = try #require(lowered.value(named: "conv1.weight_quantized"))
        #expect(lowered[weight].constant?.elementType == .int8)
        let bias = try #require(lowered.value(named: "conv1.bias_quantized"))
        #expect(lowered[bias].constant?.elementType == .int32)
        // The node and the clamp behind it are not parted.
        let relu = try #require(lowered.node(named: "relu1"))
        #expect(relu.inputs == [lowered.value(named: "conv1")])
    }

    @Test func equalScalesAreStoredOnce() throws {
        let (graph, _) = try quantized()
        let lowered = try LowerQuantization.lower(graph)
        var seen = Set<[UInt32]>()
        for id in lowered.valueIDs where lowered[id].name.contains("_scale") {
            let scales = try #require(lowered[id].constant).elements(as: Float.self).map(\.bitPattern)
            #expect(seen.insert(scales).inserted)
        }
        let zeroPoints = lowered.valueIDs.filter { lowered[$0].name.contains("_zero_point") }
        #expect(Set(zeroPoints.compactMap { lowered[$0].constant?.elementType }) == [.uint8, .int8, .int32])
    }

    @Test func twoResultsOfOneValueAndAFloatReader() throws {
        var builder = GraphBuilder(seed: 20)
        let x = builder.input("x", [1, 2, 6, 6])
        let a = try builder.convolution("a", x, inputs: 2, outputs: 4)
        let b = try builder.convolution("b", a, inputs: 4, outputs: 4)
        let c = try builder.node("c", Softmax(axis: 1), [a])
        let graph = try builder.finish(a, b, c)
        let samples = (0..<3).map { _ in builder.randomTensor([1, 2, 6, 6]) }
        let quantized = try QuantizerTests.quantize(graph, samples).graph
        #expect(quantized.outputs.map { quantized[$0].name } == ["a", "b", "c"])
        #expect(quantized.outputs.allSatisfy { quantized[$0].type.tensorType?.elementType == .float32 })
        let lowered = try LowerQuantization.lower(quantized)
        #expect(lowered.outputs.map { lowered[$0].name } == ["a", "b", "c"])
        let raised = try RaiseQuantization.raise(lowered)
        #expect(try structure(raised) == structure(quantized))
    }
}

/// Graphs as other tools write them.
@Suite struct RaisingTests {
    private struct Pairs {
        var builder = GraphBuilder(seed: 30)
        var count = 0

        mutating func pair(_ value: ValueID, scale: Float, zeroPoint: UInt8) throws -> ValueID {
            try dequantize(try quantize(value, scale: scale, zeroPoint: zeroPoint), scale: scale, zeroPoint: zeroPoint)
        }

        mutating func quantize(_ value: ValueID, scale: Float, zeroPoint: UInt8) throws -> ValueID {
            count += 1
            return try builder.node(
                "q\(count)", QuantizeLinear(), [value] + parameters(scale, zeroPoint))
        }

        mutating func dequantize(_ value: ValueID, scale: Float, zeroPoint: UInt8) throws -> ValueID {
            count += 1
            return try builder.node("dq\(count)", DequantizeLinear(), [value] + parameters(scale, zeroPoint))
        }

        mutating func parameters(_ scale: Float, _ zeroPoint: UInt8) -> [ValueID] {
            count += 1
            return [
                builder.graph.addConstant(name: "s\(count)", Tensor(scalar: scale)),
                builder.graph.addConstant(name: "z\(count)", Tensor(scalar: zeroPoint)),
            ]
        }

        /// Float weights behind QuantizeLinear and DequantizeLinear, per channel.
        mutating func weights(_ name: String, _ shape: [Int]) throws -> ValueID {
            let w = builder.random(name, shape)
            let scales = builder.constant("\(name).s", (0..<shape[0]).map { 0.01 + 0.001 * Float($0) }, [shape[0]])
            let zeros = builder.graph.addConstant(
                name: "\(name).z", Tensor(Array(repeating: Int8(0), count: shape[0]), shape: [shape[0]]))
            let q = try builder.node("\(name).q", QuantizeLinear(axis: 0), [w, scales, zeros])
            return try builder.node("\(name).dq", DequantizeLinear(axis: 0), [q, scales, zeros])
        }
    }

    /// Float bias, weights as Q(DQ) of floats, the activation kept between convolution and QuantizeLinear.
    @Test func convolutionWithFloatBiasAndKeptRelu() throws {
        var pairs = Pairs()
        let x = pairs.builder.input("x", [1, 2, 5, 5])
        let first = try pairs.pair(x, scale: 0.01, zeroPoint: 128)
        let w = try pairs.weights("w", [3, 2, 3, 3])
        let bias = pairs.builder.random("bias", [3])
        let conv = try pairs.builder.node("conv", Convolution(), [first, w, bias])
        let relu = try pairs.builder.node("relu", Relu(), [conv])
        let y = try pairs.pair(relu, scale: 0.02, zeroPoint: 0)
        let graph = try pairs.builder.finish(y)
        let raised = try RaiseQuantization.raise(graph)
        #expect(try raised.operatorNames() == ["Quantize", "Conv", "Relu", "Dequantize"])
        let node = try #require(raised.node(named: "conv"))
        let codes = try #require(node.input(2).flatMap { raised[$0].constant })
        #expect(codes.elementType == .int32)
        let floats = try #require(graph.value(named: "bias").flatMap { graph[$0].constant }).elements(as: Float.self)
        for (channel, code) in codes.elements(as: Int32.self).enumerated() {
            let unit = Float(0.01) * (0.01 + 0.001 * Float(channel))
            #expect(abs(Float(code) * unit - floats[channel]) <= unit)
        }
        let sample = pairs.builder.randomTensor([1, 2, 5, 5])
        let expected = try graph.evaluate(sample)[0].elements(as: Float.self)
        let found = try raised.evaluate(sample)[0].elements(as: Float.self)
        #expect(zip(expected, found).allSatisfy { abs($0 - $1) <= 0.0201 })
    }

    /// One DequantizeLinear for each reader, and one QuantizeLinear for each.
    @Test func duplicatedPairs() throws {
        var pairs = Pairs()
        let x = pairs.builder.input("x", [1, 2, 5, 5])
        let q = try pairs.quantize(x, scale: 0.01, zeroPoint: 128)
        let left = try pairs.dequantize(q, scale: 0.01, zeroPoint: 128)
        let right = try pairs.dequantize(q, scale: 0.01, zeroPoint: 128)
        let a = try pairs.builder.node("a", Convolution(), [left, try pairs.weights("wa", [2, 2, 1, 1])])
        let b = try pairs.builder.node("b", Convolution(), [right, try pairs.weights("wb", [2, 2, 1, 1])])
        let qa = try pairs.pair(a, scale: 0.02, zeroPoint: 100)
        let qa2 = try pairs.pair(a, scale: 0.02, zeroPoint: 100)
        let qb = try pairs.pair(b, scale: 0.03, zeroPoint: 100)
        let sum = try pairs.builder.node("sum", Addition(), [qa, qb])
        let other = try pairs.builder.node("other", Addition(), [qa2, qb])
        let y = try pairs.pair(sum, scale: 0.04, zeroPoint: 120)
        let z = try pairs.pair(other, scale: 0.04, zeroPoint: 120)
        let raised = try RaiseQuantization.raise(try pairs.builder.finish(y, z))
        #expect(
            try raised.operatorNames().sorted()
                == ["Add", "Add", "Conv", "Conv", "Dequantize", "Dequantize", "Quantize"])
    }

    @Test func joinedDataWithOtherParametersIsRequantized() throws {
        var pairs = Pairs()
        let x = pairs.builder.input("x", [1, 2, 4, 4])
        let y = pairs.builder.input("y", [1, 2, 4, 4])
        let a = try pairs.pair(x, scale: 0.01, zeroPoint: 128)
        let b = try pairs.pair(y, scale: 0.03, zeroPoint: 100)
        let joined = try pairs.builder.node("joined", Concatenation(axis: 1), [a, b])
        let result = try pairs.pair(joined, scale: 0.03, zeroPoint: 100)
        let graph = try pairs.builder.finish(result)
        let raised = try RaiseQuantization.raise(graph)
        #expect(
            try raised.operatorNames().sorted() == ["Concat", "Dequantize", "Quantize", "Quantize", "Requantize"])
        let first = pairs.builder.randomTensor([1, 2, 4, 4])
        let second = pairs.builder.randomTensor([1, 2, 4, 4], -3, 3)
        #expect(
            try graph.evaluate(first, second)[0].elements(as: Float.self)
                == raised.evaluate(first, second)[0].elements(as: Float.self))
    }

    @Test func anOperatorWithoutIntegerFormStaysFloatBetweenBorders() throws {
        var pairs = Pairs()
        let x = pairs.builder.input("x", [2, 4])
        let a = try pairs.pair(x, scale: 0.01, zeroPoint: 128)
        let soft = try pairs.builder.node("soft", Sine(), [a])
        let y = try pairs.pair(soft, scale: 1.0 / 128, zeroPoint: 128)
        let graph = try pairs.builder.finish(y)
        let raised = try RaiseQuantization.raise(graph)
        #expect(try raised.operatorNames() == ["Quantize", "Dequantize", "Sin", "Quantize", "Dequantize"])
        let sample = pairs.builder.randomTensor([2, 4])
        #expect(
            try graph.evaluate(sample)[0].elements(as: Float.self)
                == raised.evaluate(sample)[0].elements(as: Float.self))
    }

    @Test func aReaderOfFloatsKeepsTheNodeFloat() throws {
        var pairs = Pairs()
        let x = pairs.builder.input("x", [1, 2, 4, 4])
        let a = try pairs.pair(x, scale: 0.01, zeroPoint: 128)
        let conv = try pairs.builder.node("conv", Convolution(), [a, try pairs.weights("w", [2, 2, 1, 1])])
        let y = try pairs.pair(conv, scale: 0.02, zeroPoint: 100)
        let raised = try RaiseQuantization.raise(try pairs.builder.finish(y, conv))
        #expect(raised.node(named: "conv")?.outputs.first.flatMap { $0 }.map { raised[$0].quantization == nil } == true)
    }

    @Test func parametersComputedAtRunTimeStayExplicit() throws {
        var pairs = Pairs()
        let x = pairs.builder.input("x", [2, 4])
        let scale = pairs.builder.input("scale", [])
        let zero = pairs.builder.graph.addConstant(name: "zero", Tensor(scalar: UInt8(10)))
        let q = try pairs.builder.node("q", QuantizeLinear(), [x, scale, zero])
        let y = try pairs.builder.node("y", DequantizeLinear(), [q, scale, zero])
        let raised = try RaiseQuantization.raise(try pairs.builder.finish(y))
        #expect(try raised.operatorNames() == ["QuantizeLinear", "DequantizeLinear"])
    }

    /// QLinearConv with its parameters as inputs, the weights' per channel.
    @Test func integerOperatorsOfAFile() throws {
        var pairs = Pairs()
        let x = pairs.builder.input("x", [1, 2, 5, 5])
        let q = try pairs.quantize(x, scale: 0.01, zeroPoint: 128)
        let input = pairs.parameters(0.01, 128)
        let output = pairs.parameters(0.05, 100)
        let w = pairs.builder.graph.addConstant(
            name: "w", Tensor((0..<6).map { Int8($0 * 20 - 50) }, shape: [3, 2, 1, 1]))
        let scales = pairs.builder.constant("w.scales", [0.01, 0.02, 0.03], [3])
        let zeros = pairs.builder.graph.addConstant(name: "w.zeros", Tensor([Int8](repeating: 0, count: 3), shape: [3]))
        let bias = pairs.builder.graph.addConstant(name: "bias", Tensor([Int32(100), -200, 300], shape: [3]))
        let conv = try pairs.builder.node(
            "conv", QuantizedConvolution(), [q] + input + [w, scales, zeros] + output + [bias])
        let y = try pairs.dequantize(conv, scale: 0.05, zeroPoint: 100)
        let graph = try pairs.builder.finish(y)
        let raised = try RaiseQuantization.raise(graph)
        #expect(try raised.operatorNames() == ["Quantize", "Conv", "Dequantize"])
        let sample = pairs.builder.randomTensor([1, 2, 5, 5])
        #expect(
            try graph.evaluate(sample)[0].elements(as: Float.self)
                == raised.evaluate(sample)[0].elements(as: Float.self))
    }

    /// A reader of the integers that says nothing of parameters sees the codes alone.
    @Test func integersThatAreAlsoReadAsNumbersAreCast() throws {
        var pairs = Pairs()
        let x = pairs.builder.input("x", [2, 4])
        let q = try pairs.quantize(x, scale: 0.01, zeroPoint: 128)
        let y = try pairs.dequantize(q, scale: 0.01, zeroPoint: 128)
        let number = try pairs.builder.node("number", Cast(to: .int32), [q])
        let graph = try pairs.builder.finish(y, number)
        let raised = try RaiseQuantization.raise(graph)
        #expect(Set(try raised.operatorNames()) == ["Quantize", "Dequantize", "StorageCast", "Cast"])
        let lowered = try LowerQuantization.lower(raised)
        #expect(Set(try lowered.operatorNames()) == ["QuantizeLinear", "DequantizeLinear", "Cast"])
        let sample = pairs.builder.randomTensor([2, 4])
        for other in [raised, lowered] {
            let (expected, found) = (try graph.evaluate(sample), try other.evaluate(sample))
            #expect(found[0].elements(as: Float.self) == expected[0].elements(as: Float.self))
            #expect(found[1].elements(as: Int32.self) == expected[1].elements(as: Int32.self))
        }
    }

    @Test func floatGraphsPassThrough() throws {
        let (graph, _) = try QuantizerTests.residualNetwork()
        #expect(try structure(RaiseQuantization.raise(graph)) == structure(graph))
    }
}
