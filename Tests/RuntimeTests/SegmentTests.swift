import GraphTestSupport
import Kernels
import ModelGraph
import Operators
import Runtime
import TensorCore
import Testing

/// Graphs that cannot be compiled as a whole: what can be is, and the results are those of plain evaluation.
struct SegmentTests {
    private static let executor: CompiledExecutor = {
        guard let kernels = try? KernelTable.selected() else { fatalError("no kernels") }
        return CompiledExecutor(kernels: kernels, pool: nil)
    }()

    private func image(_ builder: inout GraphBuilder, _ shape: [Int] = [1, 3, 8, 8]) -> Tensor {
        builder.randomTensor(shape, -1, 1)
    }

    /// Runs both ways, twice; the second run meets the plans of the first.
    private func compare(_ graph: Graph, _ inputs: [Tensor], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let types = inputs.map(\.type)
        let expected = try ReferenceExecutor().prepare(graph, inputTypes: types, keeping: []).run(
            inputs.map(Datum.tensor))
        let prepared = try Self.executor.prepare(graph, inputTypes: types)
        for _ in 0..<2 {
            let found = try prepared.run(inputs.map(Datum.tensor))
            for (a, b) in zip(expected, found) {
                let (a, b) = (try #require(a.tensor), try #require(b.tensor))
                #expect(a.type == b.type, sourceLocation: sourceLocation)
                let (x, y) = (try #require(a.floats), try #require(b.floats))
                for (u, v) in zip(x, y) { #expect(abs(u - v) <= 1e-5 * max(1, abs(u)), sourceLocation: sourceLocation) }
            }
        }
    }

    private func ways(_ graph: Graph, _ shapes: [Int]...) throws -> [String: NodeExecution] {
        let types = shapes.map { ValueType.tensor(TensorType(.float32, fixedShape: $0)) }
        let executions = try Self.executor.explain(graph, inputTypes: types)
        return Dictionary(executions.map { ($0.node, $0) }) { first, _ in first }
    }

    /// Convolutions before and behind an operator whose shape depends on data.
    private func detector(_ builder: inout GraphBuilder) throws -> Graph {
        let x = builder.input("x", [1, 3, 8, 8])
        let features = try builder.node("relu", Relu(), [builder.convolution("first", x, inputs: 3, outputs: 4)])
        let flat = try builder.node("flat", Reshape(), [features, builder.integers("all", [1, 4, 64])])
        let found = try builder.node("nonzero", NonZero(), [flat])
        let places = try builder.node("cast", Cast(to: .float32), [found])
        let doubled = try builder.node("double", Addition(), [places, places])
        let again = try builder.convolution("second", features, inputs: 4, outputs: 2)
        return try builder.finish(doubled, again)
    }

    @Test func convolutionsAroundDataDependentShapesRunByKernels() throws {
        var builder = GraphBuilder(seed: 4)
        let graph = try detector(&builder)
        try compare(graph, [image(&builder)])
        let ways = try ways(graph, [1, 3, 8, 8])
        for name in ["first", "relu", "second", "double"] { #expect(ways[name]?.way == .kernel, "\(name)") }
        #expect(ways["nonzero"]?.way == .reference)
        #expect(ways["nonzero"]?.reason.contains("depends on data") == true)
    }

    @Test func whatIsFoundMayBeEmpty() throws {
        var builder = GraphBuilder(seed: 4)
        let graph = try detector(&builder)
        let bias = try #require(graph.value(named: "first.bias"))
        var silent = graph
        silent[bias].constant = Tensor([Float](repeating: -100, count: 4), shape: [4])
        try compare(silent, [image(&builder)])
    }

    @Test func keptValuesOfPartsAreShown() throws {
        var builder = GraphBuilder(seed: 4)
        let graph = try detector(&builder)
        let input = image(&builder)
        let kept = Set(try ["relu", "nonzero", "second"].map { try #require(graph.value(named: $0)) })
        var seen: Set<ValueID> = []
        _ = try Self.executor.prepare(graph, inputTypes: [input.type], keeping: kept).run([.tensor(input)]) { id, _ in
            seen.insert(id)
        }
        #expect(seen == kept)
    }

    /// Shapes that one part computes decide what a part behind an interpreted node looks like.
    @Test(arguments: [[1, 2, 6, 6], [2, 2, 3, 4]])
    func shapesCrossFromPartToPart(_ shape: [Int]) throws {
        var builder = GraphBuilder(seed: 9)
        let x = builder.input("x", [.symbol("n"), 2, .symbol("h"), .symbol("w")])
        let size = try builder.node("size", ShapeOf(), [x])
        let relu = try builder.node("relu", Relu(), [x])
        let unique = builder.graph.addValue(name: "unique", type: .unknown)
        let inverse = builder.graph.addValue(name: "inverse", type: .unknown)
        try builder.graph.addNode(
            Node(name: "unique", op: Unique(), inputs: [relu], outputs: [unique, nil, inverse]))
        let reals = try builder.node("reals", Cast(to: .float32), [inverse])
        let back = try builder.node("back", Reshape(), [reals, size])
        let sum = try builder.node("sum", Addition(), [back, relu])
        let graph = try builder.finish(sum, unique)
        try compare(graph, [image(&builder, shape)])
        #expect(try ways(graph, shape)["sum"]?.way == .kernel)
    }

    /// The bodies of control flow are compiled, too.
    @Test func bodiesRunByKernels() throws {
        func branch(_ seed: UInt64) throws -> Graph {
            var builder = GraphBuilder(seed: seed)
            let x = builder.input("x", [1, 3, 8, 8])
            let y = try builder.convolution("conv", x, inputs: 3, outputs: 2)
            return try builder.finish(y)
        }
        var builder = GraphBuilder(seed: 2)
        let x = builder.input("x", [1, 3, 8, 8])
        let zero = builder.constant("zero", [0], [])
        let mean = try builder.node("mean", ReduceMean(keepsDimensions: false), [x])
        let condition = try builder.node("condition", Greater(), [mean, zero])
        let chosen = try builder.node(
            "if", If(thenBranch: branch(5), elseBranch: branch(6)), [condition, x])
        let relu = try builder.node("relu", Relu(), [chosen])
        let graph = try builder.finish(relu)
        for low: Float in [-1, 0.1] { try compare(graph, [builder.randomTensor([1, 3, 8, 8], low, 1 + low)]) }
        let ways = try ways(graph, [1, 3, 8, 8])
        #expect(ways["if/conv"]?.way == .kernel)
        #expect(ways["relu"]?.way == .kernel)
        #expect(ways["if"]?.way == .reference)
    }
}
