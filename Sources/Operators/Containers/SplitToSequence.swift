public import ModelGraph
internal import TensorCore

/// ONNX `SplitToSequence`: cuts a tensor along an axis into parts of the lengths in input 1: one length for all parts
/// but a shorter last one, or a list; without it into slices of length 1.
public struct SplitToSequence: DataDependentOperator {
    public static let name = "SplitToSequence"

    public var axis: Int
    /// Whether the slices keep the axis when input 1 is left out.
    public var keepsAxis: Bool

    public init(axis: Int = 0, keepsAxis: Bool = true) {
        self.axis = axis
        self.keepsAxis = keepsAxis
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard var shape = x.shape else { return [.sequence(.tensor(x.elementType, nil))] }
        let axis = try Shapes.axis(axis, rank: shape.count)
        if inputs.isPresent(1) {
            shape[axis] = .unknown
        } else if keepsAxis {
            shape[axis] = 1
        } else {
            shape.remove(at: axis)
        }
        return [.sequence(.tensor(x.elementType, shape))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .movable) }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        let x = try inputs.tensor(0)
        let axis = try Shapes.axis(axis, rank: x.rank)
        let lengths = try lengths(inputs, extent: x.shape[axis])
        try context.reserve(x.elementType, shape: x.shape)
        let strides = Tensor.rowMajorStrides(x.shape)
        var position = 0
        var parts: [Datum] = []
        for length in lengths {
            var shape = x.shape
            shape[axis] = length
            let part = Tensor(x.elementType, shape: shape)
            let nest = LoopNest(shape, strides: [strides, Tensor.rowMajorStrides(shape)])
            try nest.copy(from: x, sourceOrigin: position * strides[axis], to: part)
            if inputs.count < 2 || inputs[1] == nil, !keepsAxis { shape.remove(at: axis) }
            parts.append(.tensor(part.reshaped(shape)))
            position += length
        }
        return [.sequence(parts)]
    }

    private func lengths(_ inputs: [Datum?], extent: Int) throws -> [Int] {
        guard inputs.count > 1, inputs[1] != nil else { return Array(repeating: 1, count: extent) }
        let split = try inputs.tensor(1)
        let lengths = split.integers ?? []
        if split.rank == 0, let length = lengths.first, length > 0 {
            let whole = Array(repeating: length, count: extent / length)
            return extent % length == 0 ? whole : whole + [extent % length]
        }
        guard split.rank == 1, lengths.allSatisfy({ $0 >= 0 }), try lengths.reduce(0, Shapes.sum) == extent else {
            throw OctetError(
                .invalidData, "the lengths of the parts do not add up", expected: "\(extent)", found: "\(lengths)")
        }
        return lengths
    }
}
