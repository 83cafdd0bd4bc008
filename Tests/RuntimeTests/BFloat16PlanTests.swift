import GraphTestSupport
import Kernels
import ModelGraph
import Operators
import Runtime
import TensorCore
import Testing

/// Which layers compute in bf16, what that costs and what it leaves as it was.
@Suite struct BFloat16PlanTests {
    /// A convolution with an addition, a product with many weights, a depthwise convolution, and one on three channels.
    private static func network() throws -> Graph {
        var builder = GraphBuilder(seed: 5)
        let x = builder.input("x", [1, 3, 12, 12])
        let first = try builder.convolution("first", x, inputs: 3, outputs: 32, kernel: 1)
        let wide = try builder.convolution("wide", first, inputs: 32, outputs: 32)
        let deep = try builder.convolution("deep", wide, inputs: 32, outputs: 32, group: 32)
        let last = try builder.convolution("last", deep, inputs: 32, outputs: 32)
        let sum = try builder.node("sum", Addition(), [last, first])
        let flat = try builder.node("flat", Flatten(), [sum])
        let w = builder.random("w", [32 * 144, 512], -0.1, 0.1)
        let product = try builder.node("product", Gemm(), [flat, w])
        return try builder.finish(product)
    }

    private static func executor(_ rate: Double?, _ set: InstructionSet = .best) throws -> CompiledExecutor {
        CompiledExecutor(
            kernels: try KernelTable(set), pool: try ThreadPool(threads: 2), relativeBFloat16Rate: rate)
    }

    private static func kernels(_ rate: Double?) throws -> [String: String] {
        let plan = try #require(
            try executor(rate).plan(network(), inputTypes: [TensorType(.float32, fixedShape: [1, 3, 12, 12])]))
        let layers = plan.stepDescriptions.filter { $0.multiplyAccumulates > 0 }
        for layer in layers {
            #expect((layer.elementType == "bfloat16") == layer.kernel.contains("bf16"), "\(layer)")
        }
        return Dictionary(layers.map { ($0.node, $0.kernel) }) { first, _ in first }
    }

    /// Layers are in bf16 only on request, and then where it is faster: with few products a weight, or where the
    /// processor multiplies bf16 at twice the rate.
    @Test func layersAreChosenByCost() throws {
        let float = [
            "first": "conv_f32", "wide": "conv_f32", "deep": "depthwise_f32", "last": "conv_f32_add",
            "product": "conv_f32",
        ]
        #expect(try Self.kernels(nil) == float)
        for rate in [0.5, 1] {
            #expect(try Self.kernels(rate) == float.merging(["product": "conv_bf16"]) { $1 })
        }
        let all = ["wide": "conv_bf16", "last": "conv_bf16_add", "product": "conv_bf16"]
        #expect(try Self.kernels(.infinity) == float.merging(all) { $1 })
        #expect(try Self.kernels(2)["wide"] == "conv_bf16")
    }

    @Test func packedWeightsTakeHalf() throws {
        var builder = GraphBuilder(seed: 6)
        let x = builder.input("x", [1, 64, 6, 6])
        let y = try builder.convolution("y", x, inputs: 64, outputs: 64, bias: false)
        let flat = try builder.node("flat", Flatten(), [y])
        let w = builder.random("w", [64 * 36, 96])
        let z = try builder.node("z", Gemm(), [flat, w])
        let graph = try builder.finish(z)
        let input = TensorType(.float32, fixedShape: [1, 64, 6, 6])
        let sizes = try [nil, Double.infinity].map { rate in
            let executor = try Self.executor(rate)
            let prepared = try executor.prepare(graph, inputTypes: [input])
            return withExtendedLifetime(prepared) { executor.packedByteCount }
        }
        let biases = 4 * (64 + 96)
        #expect(sizes[0] - biases == 4 * (64 * 64 * 9 + 64 * 36 * 96))
        #expect(sizes[1] - biases == 2 * (64 * 64 * 9 + 64 * 36 * 96))
    }

    /// Networks that nobody wrote by hand, in bf16 wherever it can be: the same bits on every instruction set.
    @Test(arguments: RandomNetwork.Vocabulary.allCases)
    func instructionSetsAgree(_ vocabulary: RandomNetwork.Vocabulary) throws {
        let executors = try InstructionSet.supported.map { ($0, try Self.executor(.infinity, $0)) }
        for seed in 0..<100 as Range<UInt64> {
            var network = try RandomNetwork(seed: seed, vocabulary: vocabulary)
            let sample = network.sample()
            var first: [[Float]?]?
            for (set, executor) in executors {
                let prepared = try executor.prepare(network.graph, inputTypes: [sample.type])
                let found = try prepared.run([.tensor(sample)]).map(\.tensor?.floats)
                #expect(first ?? found == found, "network \(seed) on \(set)")
                first = first ?? found
            }
        }
    }
}
