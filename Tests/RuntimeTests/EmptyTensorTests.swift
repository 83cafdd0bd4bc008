import GraphTestSupport
import Kernels
import ModelGraph
import Operators
import Runtime
import TensorCore
import Testing

/// What is made of nothing: the compiled runtime gives what plain evaluation gives.
@Suite struct EmptyTensorTests {
    enum Case: CaseIterable {
        case sum, mean, product, joined

        func network() throws -> (Graph, Tensor) {
            var builder = GraphBuilder(seed: 4)
            switch self {
            case .sum, .mean:
                let x = builder.input("x", [3, 0, 4])
                let axes = builder.integers("axes", [1, 2])
                let op: any Operator = self == .sum ? ReduceSum() : ReduceMean()
                let y = try builder.node("y", op, [x, axes])
                return (try builder.finish(y), Tensor(.float32, shape: [3, 0, 4]))
            case .product:
                let x = builder.input("x", [3, 0])
                let y = try builder.node("y", MatrixMultiplication(), [x, builder.random("w", [0, 5])])
                return (try builder.finish(y), Tensor(.float32, shape: [3, 0]))
            case .joined:
                let x = builder.input("x", [2, 0, 4])
                let y = try builder.node("y", Concatenation(axis: 1), [x, builder.random("w", [2, 3, 4])])
                return (try builder.finish(y), Tensor(.float32, shape: [2, 0, 4]))
            }
        }
    }

    @Test(arguments: Case.allCases)
    func compiledEqualsReference(_ test: Case) throws {
        let (graph, x) = try test.network()
        let executor = CompiledExecutor(kernels: try KernelTable.selected(), pool: try ThreadPool(threads: 2))
        let found = try executor.prepare(graph, inputTypes: [x.type]).run([.tensor(x)]).compactMap(\.tensor)
        let expected = try graph.evaluate(x)
        #expect(found.map(\.shape) == expected.map(\.shape))
        // Bits, for a mean of nothing is no number.
        #expect(
            found.map { $0.floats?.map(\.isNaN) } == expected.map { $0.floats?.map(\.isNaN) }
                && zip(found, expected).allSatisfy { a, b in
                    zip(a.floats ?? [], b.floats ?? []).allSatisfy { $0.isNaN || $0 == $1 }
                })
        _ = try executor.explain(graph, inputTypes: [.tensor(x.type)])
    }
}
