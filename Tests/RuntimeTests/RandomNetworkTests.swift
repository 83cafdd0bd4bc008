import Kernels
import ModelGraph
import Operators
import Quantization
import Runtime
import TensorCore
import Testing

/// The compiled runtime against the plain evaluation on networks that nobody wrote by hand.
@Suite struct RandomNetworkTests {
    static let count: UInt64 = 300

    @Test(arguments: InstructionSet.supported, RandomNetwork.Vocabulary.allCases)
    func compiledFloatAgreesWithReference(_ set: InstructionSet, _ vocabulary: RandomNetwork.Vocabulary) throws {
        for seed in 0..<Self.count {
            var network = try RandomNetwork(seed: seed, vocabulary: vocabulary)
            let sample = network.sample()
            let (expected, found) = try run(network.graph, sample, set)
            for (index, pair) in zip(expected, found).enumerated() {
                #expect(pair.0.shape == pair.1.shape)
                let (x, y) = (try #require(pair.0.floats), try #require(pair.1.floats))
                let scale = x.map { abs($0) }.max() ?? 1
                let worst = zip(x, y).map { abs($0 - $1) }.max() ?? 0
                #expect(
                    worst <= 1e-4 * max(scale, 1e-3), "network \(seed), output \(index): \(description(network.graph))")
            }
        }
    }

    @Test func everyInstructionSetGivesTheSameBits() throws {
        for seed in Self.count..<Self.count + 100 {
            var network = try RandomNetwork(seed: seed, vocabulary: .all)
            let sample = network.sample()
            let results = try InstructionSet.supported.map { set in
                let executor = CompiledExecutor(kernels: try KernelTable(set), pool: try ThreadPool(threads: 2))
                return try executor.prepare(network.graph, inputTypes: [sample.type]).run([.tensor(sample)])
                    .compactMap { $0.tensor?.floats?.map(\.bitPattern) }
            }
            #expect(results.allSatisfy { $0 == results[0] }, "network \(seed): \(description(network.graph))")
        }
    }

    @Test(arguments: InstructionSet.supported, [ElementType.uint8, .int8])
    func compiledIntegersEqualReference(_ set: InstructionSet, _ activations: ElementType) throws {
        let options = QuantizationOptions(
            scheme: QuantizationScheme(activationType: activations), rangeMethod: MinMaxRange(), biasCorrection: .off,
            equalization: .off)
        for seed in 0..<Self.count {
            var network = try RandomNetwork(seed: seed, vocabulary: .exact)
            let samples = (0..<2).map { _ in [network.sample()] }
            let quantized = try Quantizer(options: options, executor: ReferenceExecutor())
                .quantize(network.graph, calibration: CalibrationSamples(samples)).graph
            let (expected, found) = try run(quantized, network.sample(), set)
            for (index, pair) in zip(expected, found).enumerated() {
                #expect(
                    pair.0.shape == pair.1.shape && pair.0.floats == pair.1.floats,
                    "network \(seed), output \(index): \(description(quantized))")
            }
        }
    }

    private func run(_ graph: Graph, _ sample: Tensor, _ set: InstructionSet) throws -> ([Tensor], [Tensor]) {
        let executor = CompiledExecutor(kernels: try KernelTable(set), pool: try ThreadPool(threads: 2))
        let results = try [
            ReferenceExecutor().prepare(graph, inputTypes: [sample.type], keeping: []),
            executor.prepare(graph, inputTypes: [sample.type]),
        ].map { try $0.run([.tensor(sample)]).compactMap(\.tensor) }
        return (results[0], results[1])
    }

    /// The network's nodes, for the message of a case that fails.
    private func description(_ graph: Graph) -> String {
        graph.nodeIDs.map { id in
            let node = graph[id]
            let inputs = node.inputs.compactMap { $0.map { "\(graph[$0].name) \(graph[$0].type)" } }
            return "\(node.name)(\(inputs.joined(separator: ", ")))"
        }.joined(separator: "; ")
    }
}
