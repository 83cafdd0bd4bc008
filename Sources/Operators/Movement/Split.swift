public import ModelGraph
public import TensorCore

/// ONNX `Split`: cuts a tensor along an axis into parts of the extents in input 1, or into as equal parts as there are
/// outputs, the last one smaller.
public struct Split: QuantizableOperator {
    public static let name = "Split"

    public var axis: Int

    public init(axis: Int = 0) { self.axis = axis }

    public var shapeInputs: [Int] { [1] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        let count = inputs.outputCount
        guard let shape = x.shape else { return Array(repeating: .tensor(x.elementType, nil), count: count) }
        let axis = try Shapes.axis(axis, rank: shape.count)
        var parts: [Dimension] = Array(repeating: .unknown, count: count)
        if !inputs.isPresent(1) || inputs.integers(1) != nil, let extent = shape[axis].value {
            parts = try self.parts(of: extent, sizes: inputs.integers(1), count: count).map(Dimension.fixed)
        }
        return parts.map { part in
            var shape = shape
            shape[axis] = part
            return .tensor(x.elementType, shape)
        }
    }

    private func parts(of extent: Int, sizes: [Int]?, count: Int) throws -> [Int] {
        if let sizes {
            guard sizes.count == count, sizes.allSatisfy({ $0 >= 0 }),
                try sizes.reduce(0, Shapes.sum) == extent
            else {
                throw OctetError(
                    .invalidModel, "the sizes of the parts do not add up", expected: "\(count) parts of \(extent)",
                    found: "\(sizes)")
            }
            return sizes
        }
        guard count > 0 else { return [] }
        let size = extent / count + (extent % count == 0 ? 0 : 1)
        return (0..<count).map { max(0, min(size, extent - $0 * size)) }
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .movable) }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        MovementQuantization.rule(inputs)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let x = try inputs.required(0)
        let axis = try Shapes.axis(axis, rank: x.rank)
        let strides = Tensor.rowMajorStrides(x.shape)
        let parts = try parts(of: x.shape[axis], sizes: inputs.integers(1), count: outputs.count)
        var position = 0
        for (output, part) in zip(outputs, parts) {
            if let output {
                let nest = LoopNest(output.shape, strides: [strides, Tensor.rowMajorStrides(output.shape)])
                try nest.copy(
                    from: QuantizedMovement.aligned(x, with: output), sourceOrigin: position * strides[axis], to: output
                )
            }
            position += part
        }
    }
}

/// The rule of operators that only move the elements of input 0; further inputs are indices, shapes or bounds.
enum MovementQuantization {
    static func rule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard let x = try? inputs.tensor(0), x.elementType == .float32 else { return nil }
        return QuantizationRule(
            .following,
            inputs: [.activation] + Array(repeating: .untouched, count: max(0, inputs.count - 1)),
            output: .sameAsInput)
    }
}
