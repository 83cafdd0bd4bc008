import GraphTestSupport
import Kernels
import ModelGraph
import Operators
import Runtime
import TensorCore
import Testing

/// Elementwise operators behind a float layer are computed whichever kernel the layer takes.
@Suite struct FollowedLayerTests {
    enum Layer: CaseIterable {
        /// Few pixels and long rows of weights, which are not packed.
        case vector, vectors
        /// Layers that bf16 takes where it is fast.
        case pointwise, spatial, product

        func network() throws -> Graph {
            var builder = GraphBuilder(seed: 5)
            let inputs = self == .spatial || self == .pointwise ? 16 : 320
            let size = self == .vector ? 1 : self == .vectors ? 2 : 9
            let shape = self == .product ? [2, inputs] : [1, inputs, size, size]
            let x = builder.input("x", shape.map { .fixed($0) })
            let y =
                self == .product
                ? try builder.node("y", Gemm(transposesB: true), [x, builder.random("w", [40, inputs], -0.2, 0.2)])
                : try builder.convolution(
                    "y", x, inputs: inputs, outputs: 40, kernel: self == .spatial ? 3 : 1, weightRange: 0.2)
            let gate = try builder.node("gate", Sigmoid(), [y])
            let product = try builder.node("product", Multiplication(), [y, gate])
            return try builder.finish(product)
        }
    }

    /// - Parameter rate: how fast bf16 is beside float32, if it may be used; data and weights are then rounded by up to a
    ///   part in 512 each.
    @Test(arguments: Layer.allCases, [nil, 8.0])
    func equalsPlainEvaluation(_ layer: Layer, bfloat16Rate rate: Double?) throws {
        let graph = try layer.network()
        var builder = GraphBuilder(seed: 6)
        let shape = try #require(graph[graph.inputs[0]].type.tensorType?.fixedShape)
        let x = builder.randomTensor(shape)
        let expected = try ReferenceExecutor().prepare(graph, inputTypes: [x.type], keeping: []).run([.tensor(x)])
        let reals = try #require(expected[0].tensor?.floats)
        for set in InstructionSet.supported {
            let executor = CompiledExecutor(
                kernels: try KernelTable(set), pool: try ThreadPool(threads: 2), relativeBFloat16Rate: rate)
            let prepared = try executor.prepare(graph, inputTypes: [x.type])
            #expect(prepared is Session)
            let found = try #require(try prepared.run([.tensor(x)])[0].tensor?.floats)
            let scale = reals.map(abs).max() ?? 1
            let tolerance: Float = rate == nil ? 1e-5 : 0.01
            #expect(zip(reals, found).allSatisfy { abs($0 - $1) <= tolerance * scale }, "\(set)")
        }
    }
}
