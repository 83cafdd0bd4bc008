public import ModelGraph
public import TensorCore

/// ONNX `Concat`: joins tensors along an axis. A quantized input with other parameters than the output's is recoded.
public struct Concatenation: QuantizableOperator {
    public static let name = "Concat"

    public var axis: Int

    public init(axis: Int) { self.axis = axis }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType(0..<inputs.count)
        let types = try (0..<inputs.count).map { try inputs.tensor($0) }
        guard let first = types.first else { throw OctetError(.invalidModel, "inputs are missing") }
        var result: [Dimension]?
        for type in types {
            guard let shape = type.shape else { return [.tensor(first.elementType, nil)] }
            guard let joined = result else {
                result = shape
                continue
            }
            guard joined.count == shape.count else {
                throw OctetError(
                    .invalidModel, "the inputs differ in rank", expected: "\(joined.count)", found: "\(shape.count)")
            }
            let axis = try Shapes.axis(axis, rank: shape.count)
            result = try shape.indices.map { index in
                if index == axis { return try Shapes.sum(joined[index], shape[index]) }
                if let a = joined[index].value, let b = shape[index].value, a != b {
                    throw OctetError(
                        .invalidModel, "the inputs differ along axis \(index)", expected: "\(a)", found: "\(b)")
                }
                return joined[index].value == nil ? shape[index] : joined[index]
            }
        }
        if let rank = result?.count { _ = try Shapes.axis(axis, rank: rank) }
        return [.tensor(first.elementType, result)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.movable) }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        for index in 0..<inputs.count {
            guard let type = try? inputs.tensor(index), type.elementType == .float32 else { return nil }
        }
        return QuantizationRule(
            .following, inputs: Array(repeating: .activation, count: inputs.count), output: .sharedByAll)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let axis = try Shapes.axis(axis, rank: output.rank)
        let strides = Tensor.rowMajorStrides(output.shape)
        var position = 0
        for index in inputs.indices {
            let input = try QuantizedMovement.aligned(inputs.required(index), with: output)
            let nest = LoopNest(input.shape, strides: [Tensor.rowMajorStrides(input.shape), strides])
            try nest.copy(from: input, to: output, targetOrigin: position * strides[axis])
            position += input.shape[axis]
        }
    }
}
