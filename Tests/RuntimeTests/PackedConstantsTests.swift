import GraphTestSupport
import Kernels
import ModelGraph
import Operators
import Runtime
import TensorCore
import Testing

/// Plans of one network for several input shapes hold its packed weights once.
@Suite struct PackedConstantsTests {
    enum Case: String, CaseIterable {
        case convolutions, products, dequantized, dynamic, added, recurrent

        /// A network over rows of 24 numbers, as many as there come.
        func network() throws -> Graph {
            var builder = GraphBuilder(seed: 11)
            switch self {
            case .convolutions:
                let x = builder.input("x", [1, 24, .symbol("rows"), 5])
                let y = try builder.convolution("y", x, inputs: 24, outputs: 32)
                let w = builder.random("w", [32, 1, 3, 3])
                let window = SpatialWindow(padding: .explicit([1, 1, 1, 1]))
                let z = try builder.node("z", Convolution(window: window, group: 32), [y, w])
                return try builder.finish(z)
            case .products:
                // The same weights read by rows and by columns.
                let x = builder.input("x", [.symbol("rows"), 24])
                let w = builder.random("w", [24, 24])
                let y = try builder.node("y", MatrixMultiplication(), [x, w])
                let z = try builder.node("z", Gemm(transposesB: true), [y, w])
                return try builder.finish(z)
            case .dequantized:
                let x = builder.input("x", [.symbol("rows"), 24])
                let codes = (0..<24 * 40).map { Int8(truncatingIfNeeded: $0 * 37 + 5) }
                let w = builder.graph.addConstant(name: "w", Tensor(codes, shape: [24, 40]))
                let scale = builder.graph.addConstant(name: "scale", Tensor(scalar: Float(0.02)))
                let reals = try builder.node("reals", DequantizeLinear(), [w, scale])
                let y = try builder.node("y", MatrixMultiplication(), [x, reals])
                return try builder.finish(y)
            case .dynamic:
                let x = builder.input("x", [.symbol("rows"), 24])
                let codes = (0..<24 * 40).map { Int8(truncatingIfNeeded: $0 * 37 + 5) }
                let w = builder.graph.addConstant(name: "w", Tensor(codes, shape: [24, 40]))
                let found = ["codes", "scale", "zero point"].map { builder.graph.addValue(name: $0, type: .unknown) }
                try builder.graph.addNode(Node(name: "q", op: DynamicQuantizeLinear(), inputs: [x], outputs: found))
                let sums = try builder.node("sums", IntegerMatrixMultiplication(), [found[0], w, found[2]])
                let reals = try builder.node("reals", Cast(to: .float32), [sums])
                let y = try builder.node("y", Multiplication(), [reals, found[1]])
                return try builder.finish(y)
            case .added:
                let x = builder.input("x", [.symbol("rows"), 24, 24])
                let y = try builder.node("y", Addition(), [x, builder.random("table", [24, 24])])
                return try builder.finish(y)
            case .recurrent:
                let x = builder.input("x", [.symbol("rows"), 1, 24])
                let weights = [
                    builder.random("w", [1, 96, 24]), builder.random("r", [1, 96, 24], -0.5, 0.5),
                    builder.random("b", [1, 192]),
                ]
                let y = try builder.node("y", LongShortTermMemory(), [x] + weights)
                return try builder.finish(y)
            }
        }

        func input(rows: Int) -> Tensor {
            var builder = GraphBuilder(seed: UInt64(rows))
            switch self {
            case .convolutions: return builder.randomTensor([1, 24, rows, 5])
            case .products, .dequantized, .dynamic: return builder.randomTensor([rows, 24])
            case .added: return builder.randomTensor([rows, 24, 24])
            case .recurrent: return builder.randomTensor([rows, 1, 24])
            }
        }
    }

    private func executor() throws -> CompiledExecutor {
        CompiledExecutor(kernels: try KernelTable.selected(), pool: try ThreadPool(threads: 2))
    }

    private func check(_ plan: Plan, _ graph: Graph, _ x: Tensor) throws {
        let found = try Session(plan: plan, pool: nil).run([.tensor(x)]) { _, _ in }
        let (y, expected) = (try #require(found[0].tensor?.floats), try #require(try graph.evaluate(x)[0].floats))
        #expect(y.count == expected.count)
        for (a, b) in zip(y, expected) { #expect(abs(a - b) <= 1e-4 * max(1, abs(b))) }
    }

    @Test(arguments: Case.allCases)
    func weightsOfPlansForSeveralShapesAreHeldOnce(_ test: Case) throws {
        let graph = try test.network()
        let executor = try executor()
        func plan(rows: Int) throws -> Plan {
            let plan = try #require(try executor.plan(graph, inputTypes: [test.input(rows: rows).type]))
            try check(plan, graph, test.input(rows: rows))
            return plan
        }
        let first = try plan(rows: 3)
        let packed = executor.packedByteCount
        // What is left to a plan alone are offsets and short tables.
        #expect(packed > 0 && first.constantByteCount - packed <= 512)
        let others = try [7, 1, 20].map(plan)
        #expect(executor.packedByteCount == packed)
        for other in others { #expect(other.constantByteCount - packed <= 512) }
        try check(first, graph, test.input(rows: 3))
    }

    @Test func weightsAreFreedWithTheLastPlan() throws {
        let graph = try Case.products.network()
        let executor = try executor()
        var plans = try [3, 7].map { try executor.plan(graph, inputTypes: [Case.products.input(rows: $0).type]) }
        let packed = executor.packedByteCount
        plans.removeFirst()
        #expect(executor.packedByteCount == packed && packed > 0)
        plans.removeFirst()
        #expect(executor.packedByteCount == 0)
    }

    /// Equal shapes and names, other contents, and at times the same address.
    @Test func networksDoNotMeetEachOthersWeights() throws {
        let executor = try executor()
        for seed in 1...8 {
            var builder = GraphBuilder(seed: UInt64(seed))
            let x = builder.input("x", [.symbol("rows"), 24])
            let y = try builder.node("y", MatrixMultiplication(), [x, builder.random("w", [24, 24])])
            let graph = try builder.finish(y)
            for rows in [3, 5] {
                let input = builder.randomTensor([rows, 24])
                try check(try #require(try executor.plan(graph, inputTypes: [input.type])), graph, input)
            }
        }
    }
}
