import GraphPasses
import GraphTestSupport
import ModelGraph
import Operators
import TensorCore
import Testing

/// What a pass must keep: the results, and the names of inputs and outputs.
func expectSameFunction(
    _ before: Graph, _ after: Graph, _ inputs: Tensor, tolerance: Float = 1e-5,
    location: SourceLocation = #_sourceLocation
) throws {
    let expected = try before.evaluate(inputs)
    let found = try after.evaluate(inputs)
    #expect(expected.count == found.count, sourceLocation: location)
    for (a, b) in zip(expected, found) {
        #expect(a.shape == b.shape, sourceLocation: location)
        for (x, y) in zip(a.elements(as: Float.self), b.elements(as: Float.self)) {
            #expect(abs(x - y) <= tolerance * max(1, abs(x)), sourceLocation: location)
        }
    }
    #expect(
        before.outputs.map { before[$0].name } == after.outputs.map { after[$0].name }, sourceLocation: location)
}

@Suite struct BatchNormalizationTests {
    private func network(
        bias: Bool, secondUse: Bool = false, isOutput: Bool = false
    ) throws -> (Graph, Tensor) {
        var builder = GraphBuilder(seed: 3)
        let x = builder.input("x", [1, 3, 5, 5])
        let conv = try builder.convolution("conv", x, inputs: 3, outputs: 4, bias: bias)
        let normalized = try builder.node(
            "bn", BatchNormalization(epsilon: 1e-3),
            [
                conv, builder.random("scale", [4], 0.5, 2), builder.random("shift", [4]),
                builder.random("mean", [4]), builder.random("variance", [4], 0.1, 3),
            ])
        let y = try builder.node("y", Relu(), [normalized])
        let sample = builder.randomTensor([1, 3, 5, 5])
        if secondUse {
            let sum = try builder.node("sum", Addition(), [y, conv])
            return (try builder.finish(sum), sample)
        }
        return (isOutput ? try builder.finish(y, conv) : try builder.finish(y), sample)
    }

    @Test(arguments: [true, false])
    func foldsIntoConvolution(bias: Bool) throws {
        let (graph, sample) = try network(bias: bias)
        let folded = try PassPipeline.standard.run(on: graph).graph
        #expect(try operators(folded) == ["Conv", "Relu"])
        #expect(folded.node(named: "conv")?.outputs.first == graph.value(named: "bn"))
        try expectSameFunction(graph, folded, sample)
    }

    @Test func staysWhenTheConvolutionHasAnotherReader() throws {
        let (graph, sample) = try network(bias: true, secondUse: true)
        let folded = try PassPipeline.standard.run(on: graph).graph
        #expect(try folded.operatorNames().contains("BatchNormalization"))
        try expectSameFunction(graph, folded, sample, tolerance: 0)
    }

    @Test func staysWhenTheConvolutionIsAResult() throws {
        let (graph, sample) = try network(bias: true, isOutput: true)
        let folded = try PassPipeline.standard.run(on: graph).graph
        #expect(try folded.operatorNames().contains("BatchNormalization"))
        try expectSameFunction(graph, folded, sample, tolerance: 0)
    }

    @Test func sharedWeightsAreNotChangedUnderTheOtherReader() throws {
        var builder = GraphBuilder(seed: 4)
        let x = builder.input("x", [1, 2, 4, 4])
        let w = builder.random("w", [2, 2, 1, 1])
        let first = try builder.node("first", Convolution(), [x, w])
        let normalized = try builder.node(
            "bn", BatchNormalization(),
            [
                first, builder.random("scale", [2], 2, 3), builder.random("shift", [2]), builder.random("mean", [2]),
                builder.random("variance", [2], 0.1, 3),
            ])
        let second = try builder.node("second", Convolution(), [normalized, w])
        let graph = try builder.finish(second)
        let folded = try PassPipeline.standard.run(on: graph).graph
        #expect(try operators(folded) == ["Conv", "Conv"])
        try expectSameFunction(graph, folded, builder.randomTensor([1, 2, 4, 4]))
    }

    @Test func aVanishingVarianceStays() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 1, 4, 4])
        let conv = try builder.convolution("conv", x, inputs: 1, outputs: 1)
        let y = try builder.node(
            "y", BatchNormalization(epsilon: 0),
            [
                conv, builder.constant("scale", [1], [1]), builder.constant("shift", [0], [1]),
                builder.constant("mean", [0], [1]), builder.constant("variance", [0], [1]),
            ])
        let folded = try PassPipeline.standard.run(on: try builder.finish(y)).graph
        #expect(try operators(folded) == ["Conv", "BatchNormalization"])
    }
}

@Suite struct ChannelArithmeticTests {
    static let arithmetic: [(any Operator, Bool)] = [
        (Addition(), true), (Addition(), false), (Subtraction(), true), (Subtraction(), false),
        (Multiplication(), true), (Multiplication(), false), (Division(), true),
    ]

    @Test(arguments: 0..<arithmetic.count)
    func foldsIntoConvolution(_ index: Int) throws {
        let (op, dataFirst) = Self.arithmetic[index]
        var builder = GraphBuilder(seed: 5)
        let x = builder.input("x", [1, 3, 5, 5])
        let conv = try builder.convolution("conv", x, inputs: 3, outputs: 4, bias: index.isMultiple(of: 2))
        let constant = builder.random("c", [4, 1, 1], 0.5, 2)
        let y = try builder.node("y", op, dataFirst ? [conv, constant] : [constant, conv])
        let graph = try builder.finish(y)
        let folded = try PassPipeline.standard.run(on: graph).graph
        #expect(try operators(folded) == ["Conv"])
        try expectSameFunction(graph, folded, builder.randomTensor([1, 3, 5, 5]))
    }

    @Test func aConstantAlongTheWidthStays() throws {
        var builder = GraphBuilder(seed: 5)
        let x = builder.input("x", [1, 3, 4, 4])
        let conv = try builder.convolution("conv", x, inputs: 3, outputs: 4)
        let y = try builder.node("y", Addition(), [conv, builder.random("c", [4])])
        let folded = try PassPipeline.standard.run(on: try builder.finish(y)).graph
        #expect(try operators(folded) == ["Conv", "Add"])
    }

    @Test func aConstantThatWidensTheOutputStays() throws {
        var builder = GraphBuilder(seed: 5)
        let x = builder.input("x", [1, 3, 4, 4])
        let conv = try builder.convolution("conv", x, inputs: 3, outputs: 4)
        let y = try builder.node("y", Multiplication(), [conv, builder.random("c", [2, 4, 1, 1])])
        let folded = try PassPipeline.standard.run(on: try builder.finish(y)).graph
        #expect(try operators(folded) == ["Conv", "Mul"])
    }

    @Test func aConstantDividedByTheOutputStays() throws {
        var builder = GraphBuilder(seed: 5)
        let x = builder.input("x", [1, 3, 4, 4])
        let conv = try builder.convolution("conv", x, inputs: 3, outputs: 4)
        let y = try builder.node("y", Division(), [builder.random("c", [4, 1, 1]), conv])
        let folded = try PassPipeline.standard.run(on: try builder.finish(y)).graph
        #expect(try operators(folded) == ["Conv", "Div"])
    }

    @Test func matrixProductAndBiasBecomeGemm() throws {
        var builder = GraphBuilder(seed: 6)
        let x = builder.input("x", [.symbol("N"), 6])
        let product = try builder.node("product", MatrixMultiplication(), [x, builder.random("w", [6, 3])])
        let biased = try builder.node("biased", Addition(), [builder.random("b", [3]), product])
        let y = try builder.node("y", Multiplication(), [biased, builder.random("c", [1, 3])])
        let graph = try builder.finish(y)
        let folded = try PassPipeline.standard.run(on: graph).graph
        #expect(try operators(folded) == ["Gemm"])
        try expectSameFunction(graph, folded, builder.randomTensor([4, 6]))
    }

    @Test func batchedProductsStay() throws {
        var builder = GraphBuilder(seed: 6)
        let x = builder.input("x", [2, 4, 6])
        let product = try builder.node("product", MatrixMultiplication(), [x, builder.random("w", [6, 3])])
        let y = try builder.node("y", Addition(), [product, builder.random("b", [3])])
        let folded = try PassPipeline.standard.run(on: try builder.finish(y)).graph
        #expect(try operators(folded) == ["MatMul", "Add"])
    }
}

@Suite struct TransposedConvolutionTests {
    @Test(arguments: [1, 2])
    func normalizationFolds(group: Int) throws {
        var builder = GraphBuilder(seed: 15)
        let x = builder.input("x", [1, 4, 3, 3])
        let conv = try builder.node(
            "conv", TransposedConvolution(window: SpatialWindow(strides: [2, 2]), group: group),
            [x, builder.random("w", [4, 6 / group, 2, 2]), builder.random("b", [6])])
        let y = try builder.node(
            "y", BatchNormalization(),
            [
                conv, builder.random("scale", [6], 0.5, 2), builder.random("shift", [6]), builder.random("mean", [6]),
                builder.random("variance", [6], 0.1, 3),
            ])
        let graph = try builder.finish(y)
        let folded = try PassPipeline.standard.run(on: graph).graph
        #expect(try operators(folded) == ["ConvTranspose"])
        try expectSameFunction(graph, folded, builder.randomTensor([1, 4, 3, 3]))
    }
}

@Suite struct PadTests {
    private func padded(
        _ pads: [Int64], value: Float? = nil, _ target: (inout GraphBuilder, ValueID) throws -> ValueID
    ) throws -> (Graph, Graph, Tensor) {
        var builder = GraphBuilder(seed: 8)
        let x = builder.input("x", [1, 2, 5, 5])
        let amounts = builder.integers("pads", pads)
        let fill = value.map { builder.constant("value", [$0], []) }
        let pad = try builder.node("pad", Pad(), fill.map { [x, amounts, $0] } ?? [x, amounts])
        let y = try target(&builder, pad)
        let graph = try builder.finish(y)
        return (graph, try PassPipeline.standard.run(on: graph).graph, builder.randomTensor([1, 2, 5, 5]))
    }

    @Test func foldsIntoConvolution() throws {
        let (graph, folded, sample) = try padded([0, 0, 1, 2, 0, 0, 3, 0]) { builder, pad in
            try builder.convolution("y", pad, inputs: 2, outputs: 3)
        }
        #expect(try operators(folded) == ["Conv"])
        try expectSameFunction(graph, folded, sample, tolerance: 0)
    }

    @Test func foldsIntoAveragePool() throws {
        let (graph, folded, sample) = try padded([0, 0, 1, 1, 0, 0, 1, 1], value: 0) { builder, pad in
            try builder.node("y", AveragePool(window: SpatialWindow(kernel: [3, 3])), [pad])
        }
        #expect(try operators(folded) == ["AveragePool"])
        try expectSameFunction(graph, folded, sample, tolerance: 0)
    }

    @Test func staysBeforeAPoolThatLeavesItsOwnPaddingOut() throws {
        let (_, folded, _) = try padded([0, 0, 1, 1, 0, 0, 1, 1]) { builder, pad in
            let window = SpatialWindow(kernel: [3, 3], padding: .explicit([1, 1, 1, 1]))
            return try builder.node("y", AveragePool(window: window), [pad])
        }
        #expect(try operators(folded) == ["Pad", "AveragePool"])
    }

    @Test(
        arguments: [
            ([0, 1, 0, 0, 0, 0, 0, 0], nil), ([0, 0, 1, 1, 0, 0, 1, 1], 1.0), ([0, 0, -1, 0, 0, 0, 0, 0], nil),
        ]
            as [([Int64], Float?)])
    func staysWhenItPadsChannelsOrCutsOrFillsWithOthers(_ pads: [Int64], _ value: Float?) throws {
        let (_, folded, _) = try padded(pads, value: value) { builder, pad in
            try builder.convolution("y", pad, inputs: pads[1] == 1 ? 3 : 2, outputs: 3)
        }
        #expect(try operators(folded) == ["Pad", "Conv"])
    }
}
