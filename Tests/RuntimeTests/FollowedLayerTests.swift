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

    /// A normalization that cannot be folded, as before the convolutions of a DenseNet: it and the Relu behind it are one
    /// step.
    @Test(arguments: [[1, 6, 5, 4], [2, 40, 3, 3], [2, 600, 1, 2], [3, 7]], [false, true])
    func normalizationIsOneStep(_ shape: [Int], isAfterLayer: Bool) throws {
        var builder = GraphBuilder(seed: 8)
        var value = builder.input("x", shape.map { .fixed($0) })
        guard !isAfterLayer || shape.count == 4 else { return }
        if isAfterLayer {
            value = try builder.convolution("y", value, inputs: shape[1], outputs: shape[1], kernel: 1)
        }
        let parameters = [("scale", -1), ("bias", -1), ("mean", -1), ("variance", 0.5)].map { name, low in
            builder.random(name, [shape[1]], Float(low), 1)
        }
        let normalized = try builder.node("normalized", BatchNormalization(), [value] + parameters)
        let relu = try builder.node("relu", Relu(), [normalized])
        let graph = try builder.finish(relu)
        let x = builder.randomTensor(shape, -2, 2)
        let expected = try #require(graph.evaluate(x)[0].floats)
        let results = try InstructionSet.supported.map { set in
            let executor = CompiledExecutor(kernels: try KernelTable(set), pool: try ThreadPool(threads: 2))
            let session = try #require(try executor.prepare(graph, inputTypes: [x.type]) as? Session)
            let steps = session.plan.stepDescriptions.filter { !["copy", "fill_halo"].contains($0.kernel) }
            #expect(steps.count == (isAfterLayer ? 2 : 1), "\(steps.map(\.kernel))")
            return try #require(try session.run([.tensor(x)])[0].tensor?.floats)
        }
        let scale = expected.map(abs).max() ?? 1
        #expect(zip(expected, results[0]).allSatisfy { abs($0 - $1) <= 1e-5 * scale })
        #expect(results.allSatisfy { $0.map(\.bitPattern) == results[0].map(\.bitPattern) })
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
