import GraphPasses
import GraphTestSupport
import ModelGraph
import Operators
import TensorCore
import Testing

@Suite struct CleaningTests {
    @Test func identitiesInARowDisappear() throws {
        var builder = GraphBuilder(seed: 9)
        let x = builder.input("x", [2, 3])
        let a = try builder.node("a", Identity(), [x])
        let b = try builder.node("b", Dropout(), [a])
        let c = try builder.node("c", Cast(to: .float32), [b])
        let d = try builder.node("d", Transpose(permutation: [0, 1]), [c])
        let e = try builder.node("e", Reshape(), [d, builder.integers("shape", [2, -1])])
        let f = try builder.node(
            "f", Slice(), [e, builder.integers("starts", [0]), builder.integers("ends", [Int64.max])])
        let y = try builder.node("y", Relu(), [f])
        let graph = try builder.finish(y)
        let cleaned = try PassPipeline.standard.run(on: graph).graph
        #expect(try operators(cleaned) == ["Relu"])
        try expectSameFunction(graph, cleaned, builder.randomTensor([2, 3]), tolerance: 0)
    }

    @Test func anIdentityBeforeAResultHandsItsNameToTheProducer() throws {
        var builder = GraphBuilder(seed: 9)
        let x = builder.input("x", [2, 3])
        let a = try builder.node("a", Relu(), [x])
        let other = try builder.node("other", Sigmoid(), [a])
        let y = try builder.node("y", Identity(), [a])
        let graph = try builder.finish(y, other)
        let cleaned = try PassPipeline.standard.run(on: graph).graph
        #expect(try cleaned.operatorNames().sorted() == ["Relu", "Sigmoid"])
        try expectSameFunction(graph, cleaned, builder.randomTensor([2, 3]), tolerance: 0)
    }

    @Test func identitiesBetweenInputAndResultStay() throws {
        var builder = GraphBuilder(seed: 9)
        let x = builder.input("x", [2, 3])
        let a = try builder.node("a", Identity(), [x])
        let y = try builder.node("y", Identity(), [a])
        let graph = try builder.finish(y)
        let cleaned = try PassPipeline.standard.run(on: graph).graph
        #expect(try operators(cleaned) == ["Identity"])
        try expectSameFunction(graph, cleaned, builder.randomTensor([2, 3]), tolerance: 0)
    }

    @Test func aSliceThatRunsBackwardsStays() throws {
        var builder = GraphBuilder(seed: 9)
        let x = builder.input("x", [4])
        let y = try builder.node(
            "y", Slice(),
            [
                x, builder.integers("starts", [-1]), builder.integers("ends", [Int64.min]),
                builder.integers("axes", [0]), builder.integers("steps", [-1]),
            ])
        let cleaned = try PassPipeline.standard.run(on: try builder.finish(y)).graph
        #expect(try operators(cleaned) == ["Slice"])
    }

    @Test func aMaskThatIsReadKeepsDropout() throws {
        var builder = GraphBuilder(seed: 9)
        let x = builder.input("x", [4])
        let y = builder.graph.addValue(name: "y", type: .unknown)
        let mask = builder.graph.addValue(name: "mask", type: .unknown)
        try builder.graph.addNode(Node(name: "drop", op: Dropout(), inputs: [x], outputs: [y, mask]))
        let relu = try builder.node("relu", Relu(), [y])
        let cleaned = try PassPipeline.standard.run(on: try builder.finish(relu, mask)).graph
        #expect(try operators(cleaned) == ["Dropout", "Relu"])
    }

    @Test func transposesMergeAndCancel() throws {
        var builder = GraphBuilder(seed: 10)
        let x = builder.input("x", [2, 3, 4])
        let a = try builder.node("a", Transpose(permutation: [1, 2, 0]), [x])
        let b = try builder.node("b", Transpose(permutation: [0, 2, 1]), [a])
        let y = try builder.node("y", Transpose(permutation: [1, 0, 2]), [b])
        let once = try builder.node("once", Transpose(), [x])
        let twice = try builder.node("twice", Transpose(), [once])
        let z = try builder.node("z", Relu(), [twice])
        let graph = try builder.finish(y, z)
        let cleaned = try PassPipeline.standard.run(on: graph).graph
        #expect(try cleaned.operatorNames().sorted() == ["Relu", "Transpose"])
        try expectSameFunction(graph, cleaned, builder.randomTensor([2, 3, 4]), tolerance: 0)
    }

    @Test func aTransposeWithAnotherReaderStaysForIt() throws {
        var builder = GraphBuilder(seed: 10)
        let x = builder.input("x", [2, 3, 4])
        let a = try builder.node("a", Transpose(permutation: [1, 2, 0]), [x])
        let y = try builder.node("y", Transpose(permutation: [0, 2, 1]), [a])
        let z = try builder.node("z", Relu(), [a])
        let graph = try builder.finish(y, z)
        let cleaned = try PassPipeline.standard.run(on: graph).graph
        #expect(try cleaned.operatorNames().sorted() == ["Relu", "Transpose", "Transpose"])
        try expectSameFunction(graph, cleaned, builder.randomTensor([2, 3, 4]), tolerance: 0)
    }

    @Test func reshapesMerge() throws {
        var builder = GraphBuilder(seed: 11)
        let x = builder.input("x", [2, 3, 4])
        let a = try builder.node("a", Reshape(), [x, builder.integers("first", [6, 4])])
        let b = try builder.node("b", Flatten(axis: 0), [a])
        let y = try builder.node("y", Reshape(), [b, builder.integers("second", [0, 12, -1])])
        let graph = try builder.finish(y)
        let cleaned = try PassPipeline.standard.run(on: graph).graph
        #expect(try operators(cleaned) == ["Reshape"])
        try expectSameFunction(graph, cleaned, builder.randomTensor([2, 3, 4]), tolerance: 0)
    }

    @Test func shapeArithmeticOfKnownShapesIsComputed() throws {
        var builder = GraphBuilder(seed: 12)
        let x = builder.input("x", [2, 3, 4])
        let shape = try builder.node("shape", ShapeOf(), [x])
        let first = try builder.node("first", Gather(axis: 0), [shape, builder.integers("index", [0])])
        let target = try builder.node("target", Concatenation(axis: 0), [first, builder.integers("rest", [-1])])
        let y = try builder.node("y", Reshape(), [x, target])
        let graph = try builder.finish(y)
        let cleaned = try PassPipeline.standard.run(on: graph).graph
        #expect(try operators(cleaned) == ["Reshape"])
        try expectSameFunction(graph, cleaned, builder.randomTensor([2, 3, 4]), tolerance: 0)
    }

    @Test func constantsAreComputed() throws {
        var builder = GraphBuilder(seed: 13)
        let x = builder.input("x", [1, 2, 4, 4])
        let w = try builder.node(
            "w", Addition(), [builder.random("a", [3, 2, 1, 1]), builder.random("b", [3, 2, 1, 1])])
        let y = try builder.node("y", Convolution(), [x, w])
        let graph = try builder.finish(y)
        let cleaned = try PassPipeline.standard.run(on: graph).graph
        #expect(try operators(cleaned) == ["Conv"])
        try expectSameFunction(graph, cleaned, builder.randomTensor([1, 2, 4, 4]), tolerance: 0)
    }

    @Test func constantsThatWouldGrowTooLargeStay() throws {
        var builder = GraphBuilder(seed: 13)
        let x = builder.input("x", [1])
        let big = try builder.node("big", ConstantOfShape(), [builder.integers("extents", [1 << 20, 8])])
        let y = try builder.node("y", Addition(), [x, big])
        let cleaned = try PassPipeline.standard.run(on: try builder.finish(y)).graph
        #expect(try operators(cleaned) == ["ConstantOfShape", "Add"])
    }

    @Test func nodesNobodyReadsDisappearWithTheirConstants() throws {
        var builder = GraphBuilder(seed: 14)
        let x = builder.input("x", [1, 2, 4, 4])
        let dead = try builder.convolution("dead", x, inputs: 2, outputs: 2)
        _ = try builder.node("deader", Relu(), [dead])
        let y = try builder.node("y", Relu(), [x])
        let cleaned = try PassPipeline.standard.run(on: try builder.finish(y)).graph
        #expect(try operators(cleaned) == ["Relu"])
        #expect(cleaned.value(named: "dead.weight") == nil)
    }
}
