import Octet
import TestSupport
import Testing

/// A quantized network gives the same bytes on every instruction set and any number of threads, and every integer in
/// between is the one that the plain evaluation gives.
@Suite(.serialized, .enabled(if: TestData.isAvailableOrRequired))
struct SameBytesTests {
    private struct Engine: CustomStringConvertible {
        let set: InstructionSet
        let threads: Int

        static var all: [Engine] {
            InstructionSet.supported.flatMap { set in [1, 2].map { Engine(set: set, threads: $0) } }
        }

        var description: String { "\(set), \(threads) threads" }

        func executor() throws -> any Executor {
            CompiledExecutor(kernels: try KernelTable(set), pool: try ThreadPool(threads: threads))
        }
    }

    @Test(arguments: TrainedNetwork.all)
    func everyIntegerEqualsTheReference(_ network: TrainedNetwork) throws {
        let graph = try Model(path: QuantizedNetworks.shared.path(of: network)).simplified()
        let data = try network.evaluationData(for: graph)
        let sample = Sample(index: 0, name: data.name(at: 0), label: nil, tensors: try data.tensors(at: 0))
        let integers = Set(
            graph.nodeIDs.flatMap { graph[$0].outputs.compactMap { $0 } }.filter { graph[$0].quantization != nil })
        let expected = try kept(integers, graph, ReferenceExecutor(), sample)
        #expect(expected.count >= 20)
        for engine in Engine.all {
            let found = try kept(integers, graph, engine.executor(), sample)
            #expect(found.count == expected.count)
            let different = expected.keys.filter { found[$0] != expected[$0] }
            #expect(different.isEmpty, "\(engine): \(different.map { graph[$0].name }.sorted().prefix(5))")
        }
    }

    /// Without tensors kept in between, so that everything is fused that can be.
    @Test(arguments: TrainedNetwork.all)
    func outputsAreTheSameBytes(_ network: TrainedNetwork) throws {
        let graph = try Model(path: QuantizedNetworks.shared.path(of: network)).simplified()
        let data = try network.evaluationData(for: graph)
        var first: [[UInt8]]?
        for engine in Engine.all {
            let runner = SampleRunner(graph, executor: try engine.executor())
            var found: [[UInt8]] = []
            try data.forEachSample(
                3, skipped: { _ in },
                body: { sample in
                    for output in try runner.run(sample) { found.append(bytes(try #require(output.tensor))) }
                })
            #expect(found.count == 3)
            #expect(first ?? found == found, "\(engine)")
            first = first ?? found
        }
    }

    private func kept(
        _ values: Set<ValueID>, _ graph: Graph, _ executor: any Executor, _ sample: Sample
    ) throws -> [ValueID: [UInt8]] {
        var seen: [ValueID: [UInt8]] = [:]
        _ = try SampleRunner(graph, executor: executor, keeping: values).run(sample) { seen[$0] = bytes($1) }
        return seen
    }

    private func bytes(_ tensor: Tensor) -> [UInt8] { tensor.withBytes { Array($0) } }
}
