public import ModelGraph
public import TensorCore

/// ONNX `MaxUnpool`: puts the elements of X at the places (input 1) that a max pool took them from, zeros elsewhere.
///
/// Input 2 may give the shape of the output; the places count in the shape that follows from the window.
public struct MaxUnpool: TensorOperator {
    public static let name = "MaxUnpool"

    public var window: SpatialWindow

    public init(window: SpatialWindow) { self.window = window }

    public var shapeInputs: [Int] { [2] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        _ = try inputs.tensor(1)
        if inputs.isPresent(2) {
            guard let shape = inputs.integers(2) else { return [.tensor(x.elementType, nil)] }
            guard shape.allSatisfy({ $0 >= 0 }), x.shape.map({ $0.count == shape.count }) ?? true else {
                throw OctetError(.invalidModel, "the output's shape does not fit", found: "\(shape)")
            }
            return [.tensor(x.elementType, shape.map(Dimension.fixed))]
        }
        guard let shape = x.shape else { return [.tensor(x.elementType, nil)] }
        guard let fixed = TensorType(x.elementType, shape: x.shape).fixedShape else {
            return [.tensor(x.elementType, shape.map { _ in .unknown })]
        }
        return [.tensor(x.elementType, try self.shape(fixed).map(Dimension.fixed))]
    }

    /// The shape that a pool with this window would have taken its input from.
    private func shape(_ input: [Int]) throws -> [Int] {
        let rank = input.count - 2
        guard rank >= 1, let kernel = window.kernel, kernel.count == rank else {
            throw OctetError(.invalidModel, "attribute 'kernel_shape' does not fit the input")
        }
        let strides = window.strides ?? Array(repeating: 1, count: rank)
        var pads = Array(repeating: 0, count: 2 * rank)
        if case .explicit(let explicit?) = window.padding { pads = explicit }
        guard strides.count == rank, pads.count == 2 * rank else {
            throw OctetError(.invalidModel, "attributes 'strides' or 'pads' do not fit the input")
        }
        return try input.prefix(2)
            + (0..<rank).map { axis in
                let steps = try Shapes.product(input[axis + 2] - 1, strides[axis])
                let extent = try Shapes.sum(try Shapes.sum(steps, kernel[axis]), -pads[axis])
                return max(0, try Shapes.sum(extent, -pads[rank + axis]))
            }
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .movable)
        try inputs.require(1, [.int64])
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let shape = try shape(x.shape)
        let count = try Shapes.count(shape)
        let places = try Indices.resolve(inputs.integers(1) ?? [], extent: count)
        guard places.count == x.count, zip(shape, output.shape).allSatisfy({ $0 <= $1 }) else {
            throw OctetError(
                .invalidData, "the places or the output's shape do not fit",
                expected: "\(x.count) places, at least \(shape)",
                found: "\(places.count) and \(output.shape)")
        }
        let (inner, outer) = (Tensor.rowMajorStrides(shape), Tensor.rowMajorStrides(output.shape))
        let targets = places.map { place in
            shape.indices.reduce(0) { $0 + place / inner[$1] % shape[$1] * outer[$1] }
        }
        try output.setElements(of: x, from: Array(0..<x.count), to: targets)
    }
}
