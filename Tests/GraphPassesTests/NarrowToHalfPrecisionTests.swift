import GraphPasses
import GraphTestSupport
import ModelGraph
import Operators
import TensorCore
import Testing

/// Networks in float16: the borders keep their types, and what overflows stays wide.
@Suite struct NarrowToHalfPrecisionTests {
    private func network(bias: Float) throws -> Graph {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 2, 4, 4])
        let conv = try builder.convolution("conv", x, inputs: 2, outputs: 3)
        let shift = builder.constant("shift", [bias], [1])
        let sum = try builder.node("sum", Addition(), [conv, shift])
        let relu = try builder.node("relu", Relu(), [sum])
        let power = try builder.node("power", Exponential(), [relu])
        let y = try builder.convolution("y", power, inputs: 3, outputs: 2)
        return try builder.finish(y, relu)
    }

    private func type(_ name: String, _ graph: Graph) throws -> ElementType? {
        graph[try #require(graph.value(named: name))].type.tensorType?.elementType
    }

    @Test func bordersKeepTheirTypesAndSumsThatOverflowStayWide() throws {
        let narrowed = try NarrowToHalfPrecision.narrow(network(bias: 1))
        let graph = narrowed.graph
        for name in ["x", "y", "relu", "power"] { #expect(try type(name, graph) == .float32) }
        for name in ["conv", "sum"] { #expect(try type(name, graph) == .float16) }
        #expect(narrowed.kept.map { graph[$0.key].name } == ["power"])
        #expect(narrowed.kept.values.first == .range)
        for id in graph.valueIDs where graph[id].constant != nil {
            #expect(graph[id].type.tensorType?.elementType == .float16)
        }
    }

    @Test func constantsBeyondTheRangeKeepTheirNodeWide() throws {
        let narrowed = try NarrowToHalfPrecision.narrow(network(bias: -1e9))
        #expect(Set(narrowed.kept.map { narrowed.graph[$0.key].name }) == ["sum", "power"])
        #expect(try type("sum", narrowed.graph) == .float32)
    }

    @Test func theResultIsCloseToTheFloatNetworks() throws {
        var builder = GraphBuilder(seed: 3)
        let input = builder.randomTensor([1, 2, 4, 4])
        let graph = try network(bias: 0.5)
        let expected = try graph.evaluate(input)
        let found = try WidenHalfPrecision.widen(NarrowToHalfPrecision.narrow(graph).graph).evaluate(input)
        for (a, b) in zip(expected, found) {
            let (a, b) = (try #require(a.floats), try #require(b.floats))
            let scale = a.map(abs).max() ?? 1
            #expect(zip(a, b).allSatisfy { abs($0 - $1) < 4e-3 * scale })
            #expect(a != b)
        }
    }
}
