import Foundation
import GraphTestSupport
import Octet
import TestSupport
import Testing

/// Networks with open dimensions: planned anew when they change, with a bounded number of plans.
struct SymbolicShapeTests {
    /// Attention over sequences of any length, with positions cut to it.
    private func network(_ builder: inout GraphBuilder) throws -> Graph {
        let x = builder.input("x", [.symbol("batch"), .symbol("sequence"), 16])
        let positions = builder.random("positions", [1, 64, 16])
        let size = try builder.node("size", ShapeOf(), [x])
        let one = builder.integers("one", [1])
        let length = try builder.node("length", Gather(axis: 0), [size, one])
        let cut = try builder.node("cut", Slice(), [positions, builder.integers("zero", [0]), length, one])
        var y = try builder.node("placed", Addition(), [x, cut])
        let heads = builder.integers("heads", [0, 0, 2, 8])
        func projected(_ name: String, _ order: [Int]) throws -> ValueID {
            let w = builder.random("\(name).weight", [16, 16], -0.3, 0.3)
            let product = try builder.node("\(name).product", MatrixMultiplication(), [y, w])
            let split = try builder.node("\(name).heads", Reshape(), [product, heads])
            return try builder.node(name, Transpose(permutation: order), [split])
        }
        let (q, k, v) = (
            try projected("q", [0, 2, 1, 3]), try projected("k", [0, 2, 3, 1]), try projected("v", [0, 2, 1, 3])
        )
        let scores = try builder.node("scores", MatrixMultiplication(), [q, k])
        let weights = try builder.node("weights", Softmax(axis: -1), [scores])
        let mixed = try builder.node("mixed", MatrixMultiplication(), [weights, v])
        let joined = try builder.node("joined", Transpose(permutation: [0, 2, 1, 3]), [mixed])
        y = try builder.node("y", Reshape(), [joined, builder.integers("flat", [0, 0, 16])])
        return try builder.finish(y)
    }

    @Test func lengthsMayChangeFromRunToRun() throws {
        var builder = GraphBuilder(seed: 3)
        let graph = try network(&builder)
        let session = try Model(graph: graph).session()
        var memory: [Double] = []
        for round in 0..<50 {
            let (batch, length) = (1 + round % 3, 5 + (round * 7) % 40)
            let x = builder.randomTensor([batch, length, 16], -1, 1)
            let found = try #require(try session.run(["x": x])["y"]?.floats)
            let expected = try #require(try graph.evaluate(x)[0].floats)
            #expect(found.count == expected.count)
            for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-5) }
            memory.append(MemoryProbe().base)
        }
        // After the first rounds have filled the cache, plans that are dropped make room for new ones.
        let settled = try #require(memory[10..<20].max())
        #expect(try #require(memory.suffix(10).max()) <= settled + 20)
    }

    /// Callers that all need plans of their own, from a network that is first read when one of them does.
    @Test func requestsOfManyLengthsRunAtOnce() throws {
        var builder = GraphBuilder(seed: 3)
        let graph = try network(&builder)
        let folder = try ScratchFolder()
        try OnnxWriter.write(graph, to: folder("model.onnx"))
        let options = ExecutionOptions(threads: 2, hint: .throughput, cacheFolder: folder("cache"))
        let requests = (0..<24).map { ["x": builder.randomTensor([1 + $0 % 2, 1 + $0, 16], -1, 1)] }
        for use in [InferenceSession.CacheUse.stored, .found] {
            let session = try Model.session(path: folder("model.onnx"), options)
            _ = try session.run(requests[0])
            #expect(session.cacheUse == use)
            let results = try session.run(requests)
            for (request, result) in zip(requests, results) {
                let found = try #require(result["y"]?.floats)
                let x = try #require(request["x"])
                let expected = try #require(try graph.evaluate(x)[0].floats)
                #expect(found.count == expected.count)
                for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-5) }
            }
        }
    }
}
