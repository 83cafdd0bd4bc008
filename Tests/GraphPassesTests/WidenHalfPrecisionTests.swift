import GraphPasses
import GraphTestSupport
import ModelGraph
import Operators
import TensorCore
import Testing

@Suite struct WidenHalfPrecisionTests {
    /// x (float16) → Conv → Relu → y (float16), with Relu's output read inside too.
    private func halfGraph() throws -> Graph {
        var builder = GraphBuilder(seed: 3)
        let x = builder.input("x", [1, 2, 5, 5])
        let y = try builder.node("y", Relu(), [builder.convolution("conv", x, inputs: 2, outputs: 3)])
        let z = try builder.node("z", Negative(), [y])
        var graph = try builder.finish(y, z)
        for id in graph.valueIDs {
            guard var type = graph[id].type.tensorType else { continue }
            if let constant = graph[id].constant { graph[id].constant = try constant.converted(to: .float16) }
            type.elementType = .float16
            graph[id].type = .tensor(type)
        }
        return graph
    }

    @Test func computesInFloatBetweenTheSameBorders() throws {
        let graph = try halfGraph()
        let wide = try WidenHalfPrecision.widen(graph)
        #expect(wide.inputs == graph.inputs && wide.outputs == graph.outputs)
        let borders = Set(graph.inputs + graph.outputs)
        for id in wide.valueIDs {
            let expected: ElementType = borders.contains(id) ? .float16 : .float32
            #expect(wide[id].type.tensorType?.elementType == expected, "\(wide[id].name)")
        }
        let input = Tensor((0..<50).map { Half(Float($0 % 7) / 4 - 0.75) }, shape: [1, 2, 5, 5])
        let results = try [graph, wide].map { graph in
            try ReferenceExecutor().prepare(graph, inputTypes: [input.type], keeping: []).run([.tensor(input)])
                .compactMap { $0.tensor?.floats }
        }
        for (narrow, broad) in zip(results[0], results[1]) {
            for (a, b) in zip(narrow, broad) { #expect(abs(a - b) <= max(abs(a), 0x1p-14) * 0x1p-10) }
        }
    }

    @Test func leavesFloatGraphsAlone() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", [2])
        let graph = try builder.finish(builder.node("y", Relu(), [x]))
        #expect(try WidenHalfPrecision.widen(graph).valueCapacity == graph.valueCapacity)
    }
}
