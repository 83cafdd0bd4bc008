import GraphTestSupport
import Kernels
import ModelGraph
import Operators
import Runtime
import TensorCore
import Testing

/// Convolutions of codes whose parameters are found at run time, as ONNX Runtime's dynamic quantization writes them.
@Suite struct DynamicConvolutionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var shape: [Int]
        var kernel: [Int]
        var outputs: Int
        var group = 1
        var window = SpatialWindow()

        var testDescription: String { "\(shape) by \(kernel), \(outputs) outputs in \(group) groups" }

        static let all = [
            Case(shape: [2, 5, 6, 7], kernel: [1, 1], outputs: 4),
            Case(
                shape: [1, 3, 8, 9], kernel: [3, 3], outputs: 20,
                window: SpatialWindow(strides: [2, 2], padding: .explicit([1, 0, 2, 1]))),
            Case(
                shape: [1, 6, 5, 5], kernel: [3, 3], outputs: 6, group: 6,
                window: SpatialWindow(padding: .explicit([1, 1, 1, 1]))),
            Case(
                shape: [2, 4, 11], kernel: [3], outputs: 5, window: SpatialWindow(padding: .explicit([2, 1]))),
        ]
    }

    private func network(_ test: Case) throws -> (Graph, Tensor) {
        var builder = GraphBuilder(seed: 50)
        let x = builder.input("x", test.shape.map(Dimension.fixed))
        let weightShape = [test.outputs, test.shape[1] / test.group] + test.kernel
        let weights = (0..<weightShape.reduce(1, *)).map { Int8(truncatingIfNeeded: $0 * 91 + 17) }
        let w = builder.graph.addConstant(name: "w", Tensor(weights, shape: weightShape))
        let zero = builder.graph.addConstant(name: "zero", Tensor(scalar: Int8(0)))
        let found = ["codes", "scale", "zero point"].map { builder.graph.addValue(name: $0, type: .unknown) }
        try builder.graph.addNode(Node(name: "q", op: DynamicQuantizeLinear(), inputs: [x], outputs: found))
        let sums = try builder.node(
            "sums", IntegerConvolution(window: test.window, group: test.group), [found[0], w, found[2], zero])
        let reals = try builder.node("reals", Cast(to: .float32), [sums])
        let y = try builder.node("y", Multiplication(), [reals, found[1]])
        let graph = try builder.finish(found[0], found[1], found[2], sums, y)
        return (graph, builder.randomTensor(test.shape, -0.7, 1.9))
    }

    @Test(arguments: Case.all, InstructionSet.supported)
    func compiledEqualsReference(_ test: Case, _ set: InstructionSet) throws {
        let (graph, x) = try network(test)
        let compiled = CompiledExecutor(kernels: try KernelTable(set), pool: nil)
        let prepared = try compiled.prepare(graph, inputTypes: [x.type], keeping: [])
        let kernels = try #require(prepared as? Session).plan.stepDescriptions.map(\.kernel)
        #expect(kernels.contains("conv_u8_s32") && kernels.contains("convert_s32_f32"))
        let expected = try graph.evaluate(x).map { $0.withBytes { Array($0) } }
        // Twice, so that nothing is left behind in the memory.
        for _ in 0..<2 {
            let found = try prepared.run([.tensor(x)]).compactMap { $0.tensor?.withBytes { Array($0) } }
            #expect(found == expected)
        }
    }
}
