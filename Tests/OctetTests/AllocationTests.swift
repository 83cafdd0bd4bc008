import AllocationCounter
import Foundation
import Octet
import TestSupport
import Testing

/// A compiled network runs without allocating: neither in the plan's own call nor through ``InferenceSession``.
@Suite(.serialized, .enabled(if: allocation_counter_works()))
struct AllocationTests {
    /// Networks whose every step has a kernel.
    static let floatNetworks: [String] = {
        let demo = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/OctetCommand/Resources/Demo/digits_cnn.onnx").path
        let trained = ["mnist_cntk", "cifar10_resnet20", "squeezenet1.1", "shufflenetv2_x1.0"].map(TestData.model)
        return [demo] + (TestData.isAvailableOrRequired ? trained : [])
    }()

    @Test func theCounterCounts() {
        let before = allocation_count()
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 64)
        memory.deallocate()
        #expect(allocation_count() > before)
    }

    @Test(arguments: floatNetworks, [1, 2])
    func runningFloatAllocatesNothing(_ path: String, _ threads: Int) throws {
        try expectNoAllocation(path, threads)
    }

    @Test(.enabled(if: TestData.isAvailableOrRequired), arguments: TrainedNetwork.all, [1, 2])
    func runningIntegersAllocatesNothing(_ network: TrainedNetwork, _ threads: Int) throws {
        try expectNoAllocation(QuantizedNetworks.shared.path(of: network), threads)
    }

    private func expectNoAllocation(_ path: String, _ threads: Int) throws {
        let session = try Model(path: path).session(ExecutionOptions(threads: threads))
        let types = try session.concreteInputTypes()
        let compiled = try #require(try session.prepare(types) as? Session)
        #expect(compiled.plan.stepDescriptions.allSatisfy { $0.kernel != "reference" })
        let inputs = try RandomInputs(graph: session.graph, types: types).tensors
        let outputs = try session.outputs(for: inputs)
        let calls: [(name: String, run: () throws -> Void)] = [
            ("Session.run", { try compiled.run(inputs: inputs, outputs: outputs) }),
            ("InferenceSession.run", { try session.run(inputs, into: outputs) }),
        ]
        for call in calls {
            try call.run()
            let before = allocation_count()
            for _ in 0..<3 { try call.run() }
            #expect(allocation_count() == before, "\(call.name) allocates")
        }
        let named = try session.run(Dictionary(uniqueKeysWithValues: zip(session.inputNames, inputs)))
        for (name, output) in zip(session.outputNames, outputs) {
            #expect(named[name]?.withBytes { Array($0) } == output.withBytes { Array($0) })
        }
    }
}
