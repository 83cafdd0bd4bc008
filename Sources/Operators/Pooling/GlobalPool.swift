public import ModelGraph
public import TensorCore

/// ONNX `GlobalAveragePool`: the mean over all spatial axes, which become 1.
///
/// On quantized tensors ONNX Runtime's QLinearGlobalAveragePool: y = rint(Σ(x − zx) · sx / (sy · N)) + zy.
public struct GlobalAveragePool: QuantizableOperator {
    public static let name = "GlobalAveragePool"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] { try GlobalPool.infer(inputs) }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .reals) }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard let x = try? inputs.tensor(0), x.elementType == .float32 else { return nil }
        return QuantizationRule(.following, inputs: [.activation], output: .free)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let count = x.shape.dropFirst(2).reduce(1, *)
        if x.quantization != nil {
            let codes = try x.centredCodes()
            let target = try output.tensorScale()
            let factor = try x.tensorScale().scale / (target.scale * Float(count))
            try output.setCodes(
                GlobalPool.planes(codes, x.shape).map { plane in
                    let sum = plane.reduce(Int32(0), &+)
                    return IntegerArithmetic.saturate(
                        Float(sum) * factor, zeroPoint: target.zeroPoint, to: target.range)
                })
        } else {
            let planes = GlobalPool.planes(try x.reals(), x.shape)
            try output.setReals(planes.map { $0.reduce(0, +) / Double(count) })
        }
    }
}

/// ONNX `GlobalMaxPool`: the maximum over all spatial axes, which become 1.
public struct GlobalMaxPool: QuantizableOperator {
    public static let name = "GlobalMaxPool"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] { try GlobalPool.infer(inputs) }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .reals) }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard let x = try? inputs.tensor(0), x.elementType == .float32 else { return nil }
        return QuantizationRule(.following, inputs: [.activation], output: .sameAsInput)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        if x.quantization != nil {
            let aligned = try QuantizedMovement.aligned(x, with: output)
            try output.setCodes(GlobalPool.planes(try aligned.codes(), x.shape).map { $0.max() ?? 0 })
        } else {
            let planes = GlobalPool.planes(try x.reals(), x.shape)
            try output.setReals(planes.map { $0.reduce(-.infinity) { Maximum().value($0, $1) } })
        }
    }
}

enum GlobalPool {
    static func infer(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let shape = x.shape else { return [.tensor(x.elementType, nil)] }
        guard shape.count >= 2 else {
            throw OctetError(.invalidModel, "the input needs a batch and channels", found: "rank \(shape.count)")
        }
        return [.tensor(x.elementType, shape.prefix(2) + shape.dropFirst(2).map { _ in 1 })]
    }

    /// The elements of each batch entry and channel.
    static func planes<T>(_ values: [T], _ shape: [Int]) -> [ArraySlice<T>] {
        let count = shape.dropFirst(2).reduce(1, *)
        return (0..<shape[0] * shape[1]).map { values[$0 * count..<($0 + 1) * count] }
    }
}
