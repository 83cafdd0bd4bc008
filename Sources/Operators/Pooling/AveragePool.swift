public import ModelGraph
public import TensorCore

/// ONNX `AveragePool`.
///
/// On quantized tensors the mean of the real values (ONNX Runtime's QLinearAveragePool): float32 sums in window order,
/// one division by the count, one by the output's scale.
public struct AveragePool: QuantizableOperator {
    public static let name = "AveragePool"

    public var window: SpatialWindow
    public var ceilMode: Bool
    /// Whether padding counts in the divisor.
    public var countsPadding: Bool

    public init(window: SpatialWindow, ceilMode: Bool = false, countsPadding: Bool = false) {
        self.window = window
        self.ceilMode = ceilMode
        self.countsPadding = countsPadding
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        return [.tensor(x.elementType, try window.pooledShape(x.shape, ceilMode: ceilMode))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .reals) }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard let x = try? inputs.tensor(0), x.elementType == .float32 else { return nil }
        return QuantizationRule(.following, inputs: [.activation], output: .free)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        if x.quantization != nil {
            let scale = try x.tensorScale()
            let target = try output.tensorScale()
            let means = try means(of: try x.codes().map(scale.real), shape: x.shape)
            try output.setCodes(means.map(target.quantize))
        } else if x.elementType == .float64 {
            try output.setReals(try means(of: x.reals(), shape: x.shape))
        } else {
            try output.setSingles(try means(of: x.singles(), shape: x.shape))
        }
    }

    private func means<T: BinaryFloatingPoint>(of x: [T], shape: [Int]) throws -> [T] {
        let spatial = Array(shape.dropFirst(2))
        let loops = PoolLoops(input: spatial, window: try window.resolve(input: spatial, ceilMode: ceilMode))
        let plane = spatial.reduce(1, *)
        let outputPlane = loops.window.output.reduce(1, *)
        let planes = shape[0] * shape[1]
        var means = [T](repeating: 0, count: planes * outputPlane)
        loops.forEachWindow { position, offsets, paddedCount in
            let count = T(countsPadding ? paddedCount : offsets.count)
            for index in 0..<planes {
                var sum: T = 0
                for offset in offsets { sum += x[index * plane + offset] }
                means[index * outputPlane + position] = sum / count
            }
        }
        return means
    }
}
