public import ModelGraph
public import TensorCore

/// ONNX `Expand`: broadcasts input 0 with the shape in input 1.
public struct Expansion: TensorOperator {
    public static let name = "Expand"

    public init() {}

    public var shapeInputs: [Int] { [1] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        _ = try inputs.tensor(1)
        guard let target = inputs.integers(1) else { return [.tensor(x.elementType, nil)] }
        guard target.allSatisfy({ $0 >= 0 }) else {
            throw OctetError(.invalidModel, "the shape is impossible", found: "\(target)")
        }
        return [.tensor(x.elementType, try Shapes.broadcast([x.shape, target.map(Dimension.fixed)]))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .movable) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try Self.expand(inputs.required(0), into: output)
    }

    /// Fills `output` with `input`, which broadcasts to its shape.
    static func expand(_ input: Tensor, into output: Tensor) throws {
        let nest = LoopNest(
            output.shape,
            strides: [
                LoopNest.broadcastStrides(input.shape, to: output.shape), Tensor.rowMajorStrides(output.shape),
            ])
        try nest.copy(from: input, to: output)
    }
}

/// ONNX `Tile`: repeats input 0 along each axis as often as input 1 says.
public struct Tile: TensorOperator {
    public static let name = "Tile"

    public init() {}

    public var shapeInputs: [Int] { [1] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        _ = try inputs.tensor(1)
        guard let shape = x.shape else { return [.tensor(x.elementType, nil)] }
        guard let repeats = inputs.integers(1) else { return [.tensor(x.elementType, shape.map { _ in .unknown })] }
        guard repeats.count == shape.count, repeats.allSatisfy({ $0 >= 0 }) else {
            throw OctetError(
                .invalidModel, "the repeats do not fit the input", expected: "\(shape.count) numbers of at least 0",
                found: "\(repeats)")
        }
        return [
            .tensor(
                x.elementType,
                try zip(shape, repeats).map { extent, count in
                    if count == 1 { return extent }
                    return try extent.value.map { .fixed(try Shapes.product($0, count)) } ?? .unknown
                })
        ]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .movable) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0), output.count > 0 else { return }
        let x = try inputs.required(0)
        let repeats = try inputs.integers(1) ?? []
        let own = Tensor.rowMajorStrides(x.shape)
        let target = Tensor.rowMajorStrides(output.shape)
        var extents: [Int] = []
        var strides: [[Int]] = [[], []]
        for axis in x.shape.indices {
            extents += [repeats[axis], x.shape[axis]]
            strides[0] += [0, own[axis]]
            strides[1] += [target[axis] * x.shape[axis], target[axis]]
        }
        try LoopNest(extents, strides: strides).copy(from: x, to: output)
    }
}
