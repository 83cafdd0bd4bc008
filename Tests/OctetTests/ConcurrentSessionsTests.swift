import Foundation
import Octet
import Synchronization
import TestSupport
import Testing

/// One plan, many callers: each session has its own memory, nothing is locked, every result is the same.
@Suite struct ConcurrentSessionsTests {
    private static let demo = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/OctetCommand/Resources/Demo/digits_cnn.onnx").path

    /// An input of its own for each request, and what a session alone gives for it.
    private struct Request {
        let inputs: [Tensor]
        let expected: [[UInt8]]
    }

    private func requests(_ count: Int, _ session: InferenceSession) throws -> [Request] {
        let types = try session.concreteInputTypes()
        let graph = try session.graph
        return try (0..<count).map { number in
            let inputs = RandomInputs(graph: graph, types: types, seed: UInt64(number + 1)).tensors
            let outputs = try session.outputs(for: inputs)
            try session.run(inputs, into: outputs)
            return Request(inputs: inputs, expected: outputs.map { $0.withBytes { Array($0) } })
        }
    }

    @Test(arguments: [1, 2, 4])
    func sessionsOfOnePlanRunAtOnce(_ threads: Int) throws {
        let session = try Model(path: Self.demo).session(ExecutionOptions(threads: threads))
        let requests = try requests(6, session)
        nonisolated(unsafe) let callers = (0..<6).map { _ in session.forAnotherCaller() }
        let wrong = Atomic(0)
        let workers = (0..<6).map { index in
            Thread {
                let request = requests[index]
                guard let outputs = try? callers[index].outputs(for: request.inputs) else { return }
                for _ in 0..<50 {
                    try? callers[index].run(request.inputs, into: outputs)
                    let found = outputs.map { $0.withBytes { Array($0) } }
                    if found != request.expected { wrong.add(1, ordering: .relaxed) }
                }
                wrong.add(1_000_000, ordering: .sequentiallyConsistent)
            }
        }
        for worker in workers { worker.start() }
        while workers.contains(where: { !$0.isFinished }) { Thread.sleep(forTimeInterval: 0.001) }
        #expect(wrong.load(ordering: .sequentiallyConsistent) == 6_000_000)
        let plans = Set(
            try callers.map { caller -> ObjectIdentifier in
                let compiled = try #require(try caller.prepare(caller.concreteInputTypes()) as? Session)
                return ObjectIdentifier(compiled.plan)
            })
        #expect(plans.count == 1, "the plan is shared")
    }

    @Test(arguments: PerformanceHint.allCases)
    func requestsComeBackInOrder(_ hint: PerformanceHint) throws {
        let reference = try Model(path: Self.demo).session(ExecutionOptions(threads: 1))
        let requests = try requests(9, reference)
        let session = try Model(path: Self.demo).session(ExecutionOptions(threads: 3, hint: hint))
        let names = session.inputNames
        for _ in 0..<5 {
            let results = try session.run(
                requests.map { Dictionary(uniqueKeysWithValues: zip(names, $0.inputs)) })
            #expect(results.count == requests.count)
            for (result, request) in zip(results, requests) {
                let bytes = session.outputNames.map { result[$0]?.withBytes { Array($0) } ?? [] }
                #expect(bytes == request.expected)
            }
        }
        #expect(throws: OctetError.self) { try session.run([["no such input": requests[0].inputs[0]], [:]]) }
    }
}
