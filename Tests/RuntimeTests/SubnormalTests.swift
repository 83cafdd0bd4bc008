import GraphTestSupport
import Kernels
import ModelGraph
import Operators
import Runtime
import TensorCore
import Testing

/// Numbers below the smallest normal float count as zero while a plan runs, on every instruction set and thread.
@Suite struct SubnormalTests {
    enum Case: String, CaseIterable {
        /// Numbers of the input, and results of two normal ones.
        case inputs, results
        case weights

        func network() throws -> (Graph, Tensor) {
            var builder = GraphBuilder(seed: 8)
            let shape = [1, 16, 64, 64]
            let x = builder.input("x", shape.map(Dimension.fixed))
            let tiny = Float(0x1p-130)
            let fill: Float = self == .inputs ? tiny : self == .results ? 0x1p-70 : 1
            let input = Tensor(Array(repeating: fill, count: shape.reduce(1, *)), shape: shape)
            switch self {
            case .inputs, .results:
                let factor = builder.constant("factor", [self == .inputs ? 1 : 0x1p-60], [])
                let y = try builder.node("y", Multiplication(), [x, factor])
                return (try builder.finish(y), input)
            case .weights:
                let w = builder.constant("w", Array(repeating: tiny, count: 32 * 16), [32, 16, 1, 1])
                let y = try builder.node("y", Convolution(), [x, w])
                return (try builder.finish(y), input)
            }
        }
    }

    @Test(arguments: InstructionSet.supported, Case.allCases)
    func areZero(_ set: InstructionSet, _ test: Case) throws {
        let (graph, x) = try test.network()
        let executor = CompiledExecutor(kernels: try KernelTable(set), pool: try ThreadPool(threads: 2))
        let found = try executor.prepare(graph, inputTypes: [x.type]).run([.tensor(x)])
        #expect(try #require(found[0].tensor?.floats).allSatisfy { $0 == 0 })
        // The caller's own arithmetic is as before.
        let half = (found.count == 1 ? Float.leastNormalMagnitude : 0) / 2
        #expect(half > 0)
    }

    /// Plain evaluation inside a plan keeps them.
    @Test func operatorsWithoutKernelsKeepThem() throws {
        var builder = GraphBuilder(seed: 9)
        let x = builder.input("x", [4])
        let y = try builder.node("y", Softsign(), [x])
        let graph = try builder.finish(y)
        let input = Tensor([Float(0x1p-130), 0, -0x1p-130, 1], shape: [4])
        let executor = CompiledExecutor(kernels: try KernelTable.selected(), pool: try ThreadPool(threads: 2))
        let found = try executor.prepare(graph, inputTypes: [input.type]).run([.tensor(input)])
        #expect(found[0].tensor?.floats == [0x1p-130, 0, -0x1p-130, 0.5])
    }
}
