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
        /// Unsigned weights with these zero points, one for all or one a channel; signed around 0 where there are none.
        var zeroPoints: [UInt8] = []

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
            Case(shape: [1, 4, 6, 5], kernel: [1, 1], outputs: 3, zeroPoints: [128]),
            Case(
                shape: [2, 3, 8, 9], kernel: [3, 3], outputs: 16,
                window: SpatialWindow(strides: [1, 2], padding: .explicit([1, 1, 1, 1])), zeroPoints: [119]),
            Case(
                shape: [1, 4, 13], kernel: [3], outputs: 5, window: SpatialWindow(padding: .explicit([1, 1])),
                zeroPoints: [0, 255, 128, 3, 141]),
        ]
    }

    private func network(_ test: Case) throws -> (Graph, Tensor) {
        var builder = GraphBuilder(seed: 50)
        let x = builder.input("x", test.shape.map(Dimension.fixed))
        let weightShape = [test.outputs, test.shape[1] / test.group] + test.kernel
        let codes = (0..<weightShape.reduce(1, *)).map { Int8(truncatingIfNeeded: $0 * 91 + 17) }
        let unsigned = codes.map { UInt8(bitPattern: $0) }
        let isSigned = test.zeroPoints.isEmpty
        let w = builder.graph.addConstant(
            name: "w", isSigned ? Tensor(codes, shape: weightShape) : Tensor(unsigned, shape: weightShape))
        let zeroShape = test.zeroPoints.count == 1 ? [] : [test.zeroPoints.count]
        let zero = builder.graph.addConstant(
            name: "zero", isSigned ? Tensor(scalar: Int8(0)) : Tensor(test.zeroPoints, shape: zeroShape))
        let found = ["codes", "scale", "zero point"].map { builder.graph.addValue(name: $0, type: .unknown) }
        try builder.graph.addNode(Node(name: "q", op: DynamicQuantizeLinear(), inputs: [x], outputs: found))
        let sums = try builder.node(
            "sums", IntegerConvolution(window: test.window, group: test.group), [found[0], w, found[2], zero])
        let biasShape = [test.outputs] + test.kernel.map { _ in 1 }
        let bias = builder.graph.addConstant(
            name: "bias", Tensor((0..<test.outputs).map { Int32($0 * 1_000_003) }, shape: biasShape))
        let biased = try builder.node("biased", Addition(), [sums, bias])
        let reals = try builder.node("reals", Cast(to: .float32), [biased])
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
        #expect(["conv_u8_s32", "add_s32", "convert_s32_f32"].allSatisfy(kernels.contains))
        let expected = try graph.evaluate(x).map { $0.withBytes { Array($0) } }
        // Twice, so that nothing is left behind in the memory.
        for _ in 0..<2 {
            let found = try prepared.run([.tensor(x)]).compactMap { $0.tensor?.withBytes { Array($0) } }
            #expect(found == expected)
        }
    }
}
