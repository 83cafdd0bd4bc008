import GraphTestSupport
import ModelGraph
import Operators
import Quantization
import TensorCore
import Testing

/// Which nodes each dispatcher makes integer in a network with a float operator in its middle.
@Suite struct DispatcherTests {
    private static func network() throws -> Graph {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 2, 4, 4])
        let other = try builder.node("other", Sine(), [x])
        let first = try builder.node("first", Relu(), [x])
        let a = try builder.convolution("a", first, inputs: 2, outputs: 2)
        let between = try builder.node("between", Relu(), [a])
        let b = try builder.convolution("b", between, inputs: 2, outputs: 2)
        let float = try builder.node("float", Sine(), [b])
        let alone = try builder.convolution("alone", float, inputs: 2, outputs: 2)
        let sine = try builder.node("sine", Sine(), [alone])
        let last = try builder.node("last", MaxPool(window: SpatialWindow(kernel: [2, 2])), [sine])
        return try builder.finish(last, other)
    }

    private static let expected: [(String, Set<String>)] = [
        ("conservative", ["a", "between", "b", "alone"]),
        ("aggressive", ["a", "between", "b", "alone", "last"]),
        ("pplnn", ["a", "between", "b"]),
        ("all", ["first", "a", "between", "b", "alone", "last"]),
    ]

    @Test(arguments: expected)
    func integerNodes(_ name: String, _ nodes: Set<String>) throws {
        let graph = try Self.network()
        let dispatcher = try #require(Dispatchers.all.first { $0.name == name })
        let plan = try QuantizationPlan(for: graph, dispatcher: dispatcher.init())
        #expect(Set(plan.integerNodes.map { graph[$0].name }) == nodes)
        for id in graph.nodeIDs where plan.rules[id] == nil { #expect(plan.floatReasons[id] != nil) }
    }

    /// Conv → Sine → depthwise → Relu → depthwise → Sine: the first depthwise convolution has an integer reader behind
    /// the Relu as long as the second is integer, which has none.
    @Test(arguments: QuantizationScheme.Results.allCases)
    func layersThatOnlyFloatNodesRead(_ results: QuantizationScheme.Results) throws {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 4, 4, 4])
        let dense = try builder.convolution("dense", x, inputs: 4, outputs: 4)
        let bent = try builder.node("bent", Sine(), [dense])
        let first = try builder.convolution("first", bent, inputs: 4, outputs: 4, group: 4)
        let between = try builder.node("between", Relu(), [first])
        let second = try builder.convolution("second", between, inputs: 4, outputs: 4, group: 4)
        let last = try builder.node("last", Sine(), [second])
        let graph = try builder.finish(last)
        let plan = try QuantizationPlan(for: graph, scheme: QuantizationScheme(results: results))
        let integer = plan.integerNodes
        #expect(integer.map { graph[$0].name } == ["dense"])
        let node = try #require(integer.first)
        #expect((plan[.output(node, 0)] == nil) == (results == .real))
        let all = try QuantizationPlan(for: graph, dispatcher: PermissiveDispatcher())
        #expect(all.integerNodes.map { graph[$0].name } == ["dense", "first", "between", "second"])
    }

    @Test func everyDispatcherIsDescribed() {
        #expect(Set(Dispatchers.all.map { $0.name }) == Set(Self.expected.map(\.0)))
        for dispatcher in Dispatchers.all { #expect(!dispatcher.summary.isEmpty) }
    }
}
