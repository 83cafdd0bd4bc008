import GraphTestSupport
import ModelGraph
import Operators
import Quantization
import TensorCore
import Testing

@Suite struct PlanTests {
    private func id(_ graph: Graph, _ name: String) throws -> NodeID {
        try #require(graph.nodeIDs.first { graph[$0].name == name })
    }

    @Test func aClampTakesOverTheRangeOfItsProducer() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 2, 4, 4])
        let conv = try builder.convolution("conv", x, inputs: 2, outputs: 2)
        let relu = try builder.node("relu", Relu(), [conv])
        let y = try builder.convolution("y", relu, inputs: 2, outputs: 2)
        let graph = try builder.finish(y)
        let plan = try QuantizationPlan(for: graph)
        let produced = TensorSlot.output(try id(graph, "conv"), 0)
        let clamped = TensorSlot.output(try id(graph, "relu"), 0)
        #expect(plan[produced]?.state == .overlapped(by: clamped))
        #expect(plan[produced]?.contributesRange == false)
        #expect(plan[clamped]?.state == .initial)
        #expect(plan.dominator(of: .input(try id(graph, "y"), 0)) == clamped)
        #expect(plan[.input(try id(graph, "y"), 2)]?.state == .passive)
        #expect(plan[.input(try id(graph, "y"), 1)]?.channelAxis == 0)
    }

    @Test func aProducerWithAnotherReaderKeepsItsRange() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 2, 4, 4])
        let conv = try builder.convolution("conv", x, inputs: 2, outputs: 2)
        let relu = try builder.node("relu", Relu(), [conv])
        let sum = try builder.node("sum", Addition(), [relu, conv])
        let y = try builder.convolution("y", sum, inputs: 2, outputs: 2)
        let graph = try builder.finish(y)
        let plan = try QuantizationPlan(for: graph)
        let produced = TensorSlot.output(try id(graph, "conv"), 0)
        #expect(plan[produced]?.state == .initial)
        #expect(plan.dominator(of: .output(try id(graph, "relu"), 0)) == produced)
    }

    @Test func joinedAndMovedDataAreOneGroup() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 2, 4, 4])
        let a = try builder.convolution("a", x, inputs: 2, outputs: 2)
        let b = try builder.convolution("b", x, inputs: 2, outputs: 2)
        let pooled = try builder.node("pool", MaxPool(window: SpatialWindow(kernel: [1, 1])), [a])
        let first = try builder.node("first", Concatenation(axis: 1), [pooled, b])
        let second = try builder.node("second", Concatenation(axis: 1), [first, b])
        let y = try builder.convolution("y", second, inputs: 6, outputs: 2)
        let graph = try builder.finish(y)
        let plan = try QuantizationPlan(for: graph)
        let slots: [TensorSlot] = [
            .output(try id(graph, "a"), 0), .output(try id(graph, "b"), 0), .output(try id(graph, "pool"), 0),
            .input(try id(graph, "first"), 1), .output(try id(graph, "second"), 0), .input(try id(graph, "y"), 0),
        ]
        #expect(Set(slots.map { plan.dominator(of: $0) }).count == 1)
        // Only what makes new values counts for the range: the two convolutions.
        let group = try #require(plan.groups[plan.dominator(of: slots[0])])
        #expect(group.filter { plan[$0]?.contributesRange == true } == [slots[0], slots[1]])
        #expect(plan.dominator(of: .input(try id(graph, "a"), 0)) == plan.dominator(of: .input(try id(graph, "b"), 0)))
    }

    @Test func slotsWithParametersKeepThem() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 2, 4, 4])
        let a = try builder.convolution("a", x, inputs: 2, outputs: 2)
        let y = try builder.convolution("y", a, inputs: 2, outputs: 2)
        let graph = try builder.finish(y)
        var plan = try QuantizationPlan(for: graph, scheme: QuantizationScheme(results: .integer))
        let first = TensorSlot.output(try id(graph, "a"), 0)
        let second = TensorSlot.output(try id(graph, "y"), 0)
        plan[first]?.parameters = QuantizationParameters(scale: 1, zeroPoint: 0)
        let movesTheSettled = plan.overlap(first, by: second)
        #expect(!movesTheSettled)
        let joins = plan.overlap(second, by: first)
        #expect(joins)
        #expect(plan.parameters(of: second)?.scales == [1])
        // Overlapping what is one group already changes nothing.
        let joinsAgain = plan.overlap(first, by: second)
        #expect(joinsAgain)
        #expect(plan.dominator(of: second) == first)
    }

    @Test func bakingAnUncalibratedPlanIsAnError() throws {
        let (graph, _) = try QuantizerTests.residualNetwork()
        let plan = try QuantizationPlan(for: graph)
        #expect(throws: OctetError.self) { try Baker.bake(graph, plan: plan) }
    }
}

@Suite struct DispatchTests {
    private func reasons(_ graph: Graph, excluding patterns: [String] = []) throws -> [String: FloatReason] {
        let plan = try QuantizationPlan(for: graph, excluding: patterns.map { NamePattern($0) })
        return Dictionary(uniqueKeysWithValues: plan.floatReasons.map { (graph[$0].name, $1) })
    }

    @Test func elementwiseOperatorsBeforeAResultStayFloat() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 2, 4, 4])
        let conv = try builder.convolution("conv", x, inputs: 2, outputs: 2)
        let first = try builder.node("first", Addition(), [conv, conv])
        let y = try builder.node("y", Multiplication(), [first, first])
        #expect(try reasons(builder.finish(y)) == ["first": .floatNeighbours, "y": .floatNeighbours])
    }

    @Test func elementwiseOperatorsBetweenConvolutionsBecomeInteger() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 2, 4, 4])
        let conv = try builder.convolution("conv", x, inputs: 2, outputs: 2)
        let first = try builder.node("first", Addition(), [conv, conv])
        let second = try builder.node("second", Multiplication(), [first, first])
        let y = try builder.convolution("y", second, inputs: 2, outputs: 2)
        #expect(try reasons(builder.finish(y)).isEmpty)
    }

    @Test func aFloatInputKeepsElementwiseOperatorsFloat() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 2, 4, 4])
        let sine = try builder.node("sine", Sine(), [x])
        let conv = try builder.convolution("conv", x, inputs: 2, outputs: 2)
        let sum = try builder.node("sum", Addition(), [conv, sine])
        let y = try builder.convolution("y", sum, inputs: 2, outputs: 2)
        #expect(try reasons(builder.finish(y)) == ["sine": .noIntegerForm, "sum": .floatNeighbours])
    }

    @Test func reasonsSayWhatIsMissing() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 2, 4, 4])
        let w = builder.input("w", [2, 2, 1, 1])
        let dynamic = try builder.node("dynamic", Convolution(), [x, w])
        let y = try builder.convolution("y", dynamic, inputs: 2, outputs: 2)
        let shape = try builder.node("shape", ShapeOf(), [w])
        #expect(
            try reasons(builder.finish(y, shape), excluding: ["y"])
                == ["dynamic": .weightsNotConstant, "shape": .indexArithmetic, "y": .excluded(pattern: "y")])
    }

    @Test func typesAndNamesExclude() throws {
        let (graph, _) = try QuantizerTests.residualNetwork()
        #expect(try reasons(graph, excluding: ["Conv"])["conv2"] == .excluded(pattern: "Conv"))
        #expect(try reasons(graph, excluding: ["conv*"])["conv2"] == .excluded(pattern: "conv*"))
    }

    @Test(arguments: [
        ("conv", "conv", true), ("conv", "conv1", false), ("conv*", "conv1", true), ("*1", "conv1", true),
        ("*", "", true), ("c*v*1", "conv1", true), ("c*v*v1", "conv1", false), ("/head/*/Conv", "/head/a/b/Conv", true),
        ("a*a", "a", false), ("a**b", "ab", true), ("", "", true), ("", "x", false), ("*x*", "axb", true),
        ("ab*ba", "aba", false),
    ])
    func patterns(_ pattern: String, _ name: String, _ expected: Bool) {
        #expect(NamePattern(pattern).matches(name) == expected)
    }
}
