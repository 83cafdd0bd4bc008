public import ModelGraph
public import TensorCore

/// ONNX `Gather`: the slices of input 0 along an axis that input 1 lists; negative indices count from the end.
public struct Gather: QuantizableOperator {
    public static let name = "Gather"

    public var axis: Int

    public init(axis: Int = 0) { self.axis = axis }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        let indices = try inputs.tensor(1)
        guard let shape = x.shape, let picked = indices.shape else { return [.tensor(x.elementType, nil)] }
        let axis = try Shapes.axis(axis, rank: shape.count)
        return [.tensor(x.elementType, shape[..<axis] + picked + shape[(axis + 1)...])]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .movable)
        try inputs.require(1, .indices)
    }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        MovementQuantization.rule(inputs)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try QuantizedMovement.aligned(inputs.required(0), with: output)
        let axis = try Shapes.axis(axis, rank: x.rank)
        let places = try Indices.resolve(inputs.integers(1) ?? [], extent: x.shape[axis])
        try Self.gather(x, axis: axis, places: places, into: output)
    }

    /// Copies the slices of `x` along `axis` at `places` one after the other.
    static func gather(_ x: Tensor, axis: Int, places: [Int], into output: Tensor) throws {
        let inner = x.shape[(axis + 1)...].reduce(1, *)
        let outer = x.shape[..<axis].reduce(1, *)
        for (position, place) in places.enumerated() {
            let nest = LoopNest([outer, inner], strides: [[x.shape[axis] * inner, 1], [places.count * inner, 1]])
            try nest.copy(from: x, sourceOrigin: place * inner, to: output, targetOrigin: position * inner)
        }
    }
}

enum Indices {
    /// The indices counted from the front.
    /// - Throws: `invalidData` when one is outside −extent ..< extent.
    static func resolve(_ indices: [Int], extent: Int) throws -> [Int] {
        try indices.map { try resolve($0, extent: extent) }
    }

    static func resolve(_ index: Int, extent: Int) throws -> Int {
        guard index >= -extent, index < extent else {
            throw OctetError(
                .invalidData, "an index is out of range", expected: "\(-extent) ..< \(extent)", found: "\(index)")
        }
        return index < 0 ? index + extent : index
    }
}
