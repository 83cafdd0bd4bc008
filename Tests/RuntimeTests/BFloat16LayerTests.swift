import GraphTestSupport
import Kernels
import ModelGraph
import Operators
import Runtime
import TensorCore
import Testing

/// A layer in bf16 is the layer in float32 on rounded data and weights.
@Suite struct BFloat16LayerTests {
    enum Layer: CaseIterable {
        case pointwise, strided, dilated, grouped, oneAxis, kernelRows, channelSlice, added, transposed, gemm, product

        var inputShape: [Int] {
            switch self {
            case .oneAxis: [2, 6, 19]
            case .kernelRows: [1, 2, 9, 9]
            case .gemm: [5, 70]
            case .product: [2, 3, 44]
            default: [2, 8, 9, 11]
            }
        }

        private var weightShape: [Int] {
            switch self {
            case .pointwise: [24, 8, 1, 1]
            case .strided, .added: [8, 8, 3, 3]
            case .dilated: [40, 8, 3, 2]
            case .grouped: [12, 4, 3, 3]
            case .oneAxis: [9, 6, 5]
            case .kernelRows: [17, 2, 4, 4]
            case .channelSlice: [20, 4, 1, 1]
            case .transposed: [8, 10, 4, 4]
            case .gemm: [33, 70]
            case .product: [44, 30]
            }
        }

        private var window: SpatialWindow {
            switch self {
            case .strided: SpatialWindow(strides: [2, 1], padding: .explicit([1, 1, 1, 1]))
            case .dilated: SpatialWindow(dilations: [2, 3], padding: .explicit([2, 0, 1, 3]))
            case .transposed: SpatialWindow(strides: [2, 2], padding: .explicit([1, 1, 1, 1]))
            case .oneAxis: SpatialWindow(padding: .explicit([2, 2]))
            case .pointwise, .channelSlice: SpatialWindow()
            default: SpatialWindow(padding: .explicit([1, 1, 1, 1]))
            }
        }

        /// Roundings that an output goes through.
        var roundings: Int {
            let terms = weightShape.reduce(1, *) / outputs
            return terms + (self == .added ? 1 : 0)
        }

        private var outputs: Int { weightShape[self == .product || self == .transposed ? 1 : 0] }

        /// The layer on its own, its constants replaced by what `change` makes of them.
        func graph(weights change: (Float) -> Float, bias changeBias: (Float) -> Float) throws -> Graph {
            var builder = GraphBuilder(seed: 9)
            var x = builder.input("x", inputShape.map { .fixed($0) })
            let values = builder.randomTensor(weightShape).elements(as: Float.self).map(change)
            let w = builder.constant("w", values, weightShape)
            let biases = builder.randomTensor([outputs]).elements(as: Float.self).map(changeBias)
            let b = builder.constant("b", biases, [outputs])
            let result: ValueID
            switch self {
            case .gemm: result = try builder.node("y", Gemm(transposesB: true), [x, w, b])
            case .product: result = try builder.node("y", MatrixMultiplication(), [x, w])
            case .transposed: result = try builder.node("y", TransposedConvolution(window: window), [x, w, b])
            default:
                if self == .channelSlice {
                    let bounds: [(String, Int64)] = [("start", 2), ("end", 6), ("axis", 1)]
                    let ids = bounds.map { builder.integers($0.0, [$0.1]) }
                    x = try builder.node("slice", Slice(), [x, ids[0], ids[1], ids[2]])
                }
                let op = Convolution(window: window, group: self == .grouped ? 2 : 1)
                let y = try builder.node("y", op, [x, w, b])
                result = self == .added ? try builder.node("sum", Addition(), [y, x]) : y
            }
            return try builder.finish(result)
        }
    }

    /// To 8 significant bits, ties to even; the numbers here are far from the ends of the range.
    private static func rounded(_ x: Float) -> Float {
        let bits = x.bitPattern
        return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
    }

    /// Both sums are chains of n roundings in some order, so each is within n · u / (1 − n · u) times the sum of the
    /// terms' magnitudes of the exact one; that sum is what the layer gives on magnitudes.
    @Test(arguments: Layer.allCases)
    func isTheLayerOnRoundedNumbers(_ layer: Layer) throws {
        var builder = GraphBuilder(seed: 10)
        let x = builder.randomTensor(layer.inputShape)
        // The residual is added as it is.
        let values = x.elements(as: Float.self).map(layer == .added ? Self.rounded : { $0 })
        let data = Tensor(values, shape: x.shape)
        let graph = try layer.graph(weights: { $0 }, bias: { $0 })
        let expected = try layer.graph(weights: Self.rounded, bias: { $0 }).evaluate(
            Tensor(values.map(Self.rounded), shape: x.shape))
        let magnitudes = try layer.graph(weights: { Self.rounded($0).magnitude }, bias: \.magnitude).evaluate(
            Tensor(values.map { Self.rounded($0).magnitude }, shape: x.shape))
        let executor = CompiledExecutor(
            kernels: try KernelTable(.best), pool: try ThreadPool(threads: 2), relativeBFloat16Rate: .infinity)
        let plan = try #require(try executor.plan(graph, inputTypes: [data.type]))
        #expect(plan.stepDescriptions.contains { $0.kernel.hasPrefix("conv_bf16") })
        let found = try executor.prepare(graph, inputTypes: [data.type]).run([.tensor(data)])
        let (y, z) = (try #require(found[0].tensor?.floats), try #require(expected[0].floats))
        let bounds = try #require(magnitudes[0].floats)
        let n = Double(layer.roundings) * 0x1p-24
        var largest = 0.0
        for (index, value) in y.enumerated() {
            let bound = 2 * n / (1 - n) * Double(bounds[index]) * (1 + n)
            #expect(abs(Double(value) - Double(z[index])) <= bound)
            largest = max(largest, bound)
        }
        // Without rounding the numbers the difference is far beyond the bound.
        let exact = try #require(try graph.evaluate(data)[0].floats)
        #expect(zip(y, exact).contains { Double(($0 - $1).magnitude) > largest })
    }
}
