import Kernels
import ModelGraph
import OnnxFormat
import Operators
import Runtime
import TensorCore
import TestSupport
import Testing

/// The compiled runtime against the plain evaluation, on trained networks.
@Suite struct ExecutorAgreementTests {
    static let models = ["mnist_cntk", "cifar10_resnet20", "squeezenet1.1", "shufflenetv2_x1.0"]

    @Test(.enabled(if: TestData.isAvailableOrRequired), arguments: models)
    func compiledFloatEqualsReference(_ name: String) throws {
        let graph = try OnnxReader.read(path: TestData.model(name))
        let inputs = randomInputs(graph)
        let expected = try ReferenceExecutor().prepare(graph, inputTypes: inputs.map(\.type), keeping: []).run(
            inputs.map(Datum.tensor))
        var first: [[Float]]?
        for set in InstructionSet.supported {
            let executor = CompiledExecutor(kernels: try KernelTable(set), pool: try ThreadPool(threads: 2))
            let prepared = try executor.prepare(graph, inputTypes: inputs.map(\.type))
            #expect(prepared is Session)
            let found = try prepared.run(inputs.map(Datum.tensor))
            for (a, b) in zip(expected, found) {
                let (x, y) = (try #require(a.tensor?.floats), try #require(b.tensor?.floats))
                let scale = x.map(abs).max() ?? 1
                for (u, v) in zip(x, y) { #expect(abs(u - v) <= 1e-4 * scale) }
            }
            let results = found.compactMap { $0.tensor?.floats }
            #expect(first ?? results == results, "\(set) gives other bits")
            first = results
        }
    }
}
