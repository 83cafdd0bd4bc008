public import ModelGraph
public import TensorCore

/// ONNX `Transpose`: output axis i is input axis `permutation[i]`; without one the axes are reversed.
public struct Transpose: QuantizableOperator {
    public static let name = "Transpose"

    public var permutation: [Int]?

    public init(permutation: [Int]? = nil) { self.permutation = permutation }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let shape = x.shape else { return [.tensor(x.elementType, nil)] }
        return [.tensor(x.elementType, try order(rank: shape.count).map { shape[$0] })]
    }

    private func order(rank: Int) throws -> [Int] {
        let order = permutation ?? Array((0..<rank).reversed())
        guard order.sorted() == Array(0..<rank) else {
            throw OctetError(
                .invalidModel, "attribute 'perm' does not permute the axes", expected: "\(rank) axes", found: "\(order)"
            )
        }
        return order
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .movable) }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        MovementQuantization.rule(inputs)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try QuantizedMovement.aligned(inputs.required(0), with: output)
        let strides = Tensor.rowMajorStrides(x.shape)
        let nest = LoopNest(
            output.shape,
            strides: [try order(rank: x.rank).map { strides[$0] }, Tensor.rowMajorStrides(output.shape)])
        try nest.copy(from: x, to: output)
    }
}
