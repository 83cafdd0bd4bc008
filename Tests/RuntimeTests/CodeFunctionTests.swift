import GraphTestSupport
import Kernels
import ModelGraph
import Operators
import Quantization
import Runtime
import TensorCore
import Testing

/// Quantized operators that follow from one value are one table.
@Suite struct CodeFunctionTests {
    enum Activation: CaseIterable {
        /// x · clip(x + 3, 0, 6) / 6.
        case hardSwish
        /// The gate is read by another node as well.
        case sharedGate
        /// The factor is another value's, so that only what comes before and behind is a function of one.
        case excitation
    }

    private func network(_ activation: Activation) throws -> Graph {
        var builder = GraphBuilder(seed: 11)
        let x = builder.input("x", [1, 5, 7, 6])
        let y = try builder.convolution("y", x, inputs: 5, outputs: 12)
        let shifted = try builder.node("shifted", Addition(), [y, builder.constant("three", [3], [])])
        let bounds = [builder.constant("zero", [0], []), builder.constant("six", [6], [])]
        let gate = try builder.node("gate", Clip(), [shifted] + bounds)
        var factor = gate
        if activation == .excitation { factor = try builder.node("mean", GlobalAveragePool(), [gate]) }
        let product = try builder.node("product", Multiplication(), [y, factor])
        let result = try builder.node("result", Multiplication(), [product, builder.constant("sixth", [1 / 6], [])])
        let z = try builder.convolution("z", result, inputs: 12, outputs: 4)
        guard activation == .sharedGate else { return try builder.finish(z) }
        let other = try builder.convolution("other", gate, inputs: 12, outputs: 3)
        return try builder.finish(z, other)
    }

    @Test(arguments: Activation.allCases, [ElementType.uint8, .int8])
    func equalsPlainEvaluation(_ activation: Activation, _ codes: ElementType) throws {
        var random = GraphBuilder(seed: 12)
        let samples = (0..<3).map { _ in [random.randomTensor([1, 5, 7, 6], -2, 2)] }
        let options = QuantizationOptions(
            scheme: QuantizationScheme(activationType: codes), rangeMethod: MinMaxRange(), biasCorrection: .off,
            equalization: .off)
        let graph = try Quantizer(options: options, executor: ReferenceExecutor())
            .quantize(network(activation), calibration: CalibrationSamples(samples)).graph
        let input = samples[0][0]
        let expected = try ReferenceExecutor().prepare(graph, inputTypes: [input.type], keeping: [])
            .run([.tensor(input)]).map { $0.tensor?.floats }
        for set in InstructionSet.supported {
            let executor = CompiledExecutor(kernels: try KernelTable(set), pool: nil)
            let session = try #require(try executor.prepare(graph, inputTypes: [input.type]) as? Session)
            #expect(try session.run([.tensor(input)]).map { $0.tensor?.floats } == expected)
            let kernels = session.plan.stepDescriptions.map(\.kernel)
            #expect(kernels.filter { $0 == "qmul_u8" }.count == (activation == .excitation ? 2 : 0))
            #expect(kernels.filter { $0 == "lookup_u8_u8" }.count <= (activation == .hardSwish ? 1 : 3))
        }
    }
}
