public import ModelGraph
public import TensorCore

/// ONNX `OneHot`: along a new axis of the extent in input 1, the second of `values` (input 2) at the index in input 0
/// and the first elsewhere. Indices out of range give only the first.
public struct OneHot: TensorOperator {
    public static let name = "OneHot"

    public var axis: Int

    public init(axis: Int = -1) { self.axis = axis }

    public var shapeInputs: [Int] { [1] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let values = try inputs.tensor(2)
        _ = try inputs.tensor(1)
        guard let shape = try inputs.tensor(0).shape else { return [.tensor(values.elementType, nil)] }
        let axis = try Shapes.axis(axis, rank: shape.count + 1)
        let depth = try inputs.constant(1).map { try Self.depth($0) }
        return [
            .tensor(values.elementType, shape[..<axis] + [depth.map(Dimension.fixed) ?? .unknown] + shape[axis...])
        ]
    }

    private static func depth(_ tensor: Tensor) throws -> Int {
        let depth = tensor.integers?.first ?? tensor.floats?.first.flatMap { Int(exactly: $0.rounded(.towardZero)) }
        guard let depth, depth >= 0 else { throw OctetError(.invalidModel, "the depth is impossible") }
        return depth
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .numbers)
        try inputs.require(1, .numbers)
        try inputs.require(2, .movable)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let indices = try inputs.required(0)
        let values = try inputs.required(2)
        guard values.count == 2 else {
            throw OctetError(.invalidModel, "input 2 must hold two values", found: "\(values.count)")
        }
        let axis = try Shapes.axis(axis, rank: indices.rank + 1)
        let depth = output.shape[axis]
        let inner = indices.shape[axis...].reduce(1, *)
        let whole = Tensor(.int64, shape: indices.shape)
        try Cast.convert(indices, into: whole)
        var places: [Int] = []
        for (position, index) in (whole.integers ?? []).enumerated() where index >= -depth && index < depth {
            places.append((position / inner * depth + (index < 0 ? index + depth : index)) * inner + position % inner)
        }
        try LoopNest([output.count], strides: [[0], [1]]).copy(from: values, to: output)
        try output.setElements(of: values, from: Array(repeating: 1, count: places.count), to: places)
    }
}
