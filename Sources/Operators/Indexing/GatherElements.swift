public import ModelGraph
public import TensorCore

/// ONNX `GatherElements`: each output element is the input's at the same place but for `axis`, where input 1 says.
public struct GatherElements: TensorOperator {
    public static let name = "GatherElements"

    public var axis: Int

    public init(axis: Int = 0) { self.axis = axis }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        let indices = try inputs.tensor(1)
        if let shape = x.shape, let picked = indices.shape {
            _ = try Shapes.axis(axis, rank: shape.count)
            guard shape.count == picked.count else {
                throw OctetError(
                    .invalidModel, "data and indices must have the same rank", found: "\(x) and \(indices)")
            }
        }
        return [.tensor(x.elementType, indices.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .movable)
        try inputs.require(1, .indices)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let places = try ElementPlaces.resolve(
            inputs.integers(1) ?? [], shape: output.shape, in: x.shape, axis: Shapes.axis(axis, rank: x.rank))
        try output.setElements(of: x, from: places)
    }
}

/// ONNX `GatherND`: the slices of input 0 at the index tuples in the last axis of input 1, which share the first
/// `batchAxes` axes.
public struct GatherND: TensorOperator {
    public static let name = "GatherND"

    public var batchAxes: Int

    public init(batchAxes: Int = 0) { self.batchAxes = batchAxes }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let shape = x.shape, let indices = try inputs.tensor(1).shape else {
            return [.tensor(x.elementType, nil)]
        }
        guard let depth = indices.last, batchAxes >= 0, batchAxes < indices.count, batchAxes <= shape.count else {
            throw OctetError(.invalidModel, "the indices do not fit the data")
        }
        guard let depth = depth.value else { return [.tensor(x.elementType, nil)] }
        guard depth >= 0, batchAxes + depth <= shape.count else {
            throw OctetError(.invalidModel, "index tuples of \(depth) are too long", found: "rank \(shape.count)")
        }
        for axis in 0..<batchAxes {
            if let a = shape[axis].value, let b = indices[axis].value, a != b {
                throw OctetError(.invalidModel, "batch axis \(axis) differs", expected: "\(a)", found: "\(b)")
            }
        }
        return [.tensor(x.elementType, indices.dropLast() + shape[(batchAxes + depth)...])]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .movable)
        try inputs.require(1, .indices)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let indices = try inputs.required(1)
        let (starts, length) = try ElementPlaces.slices(indices, in: x.shape, batchAxes: batchAxes)
        let run = LoopNest([length], strides: [[1], [1]])
        guard length > 0 else { return }
        for (position, start) in starts.enumerated() {
            try run.copy(from: x, sourceOrigin: start, to: output, targetOrigin: position * length)
        }
    }
}

/// Turns indices into offsets.
enum ElementPlaces {
    /// The offset in a tensor of shape `target` of each element of a tensor of `shape`, but along `axis` at the index.
    /// - Throws: `invalidData` when an index is out of range, `invalidModel` when `shape` is larger than `target`.
    static func resolve(_ indices: [Int], shape: [Int], in target: [Int], axis: Int) throws -> [Int] {
        guard shape.count == target.count,
            shape.indices.allSatisfy({ $0 == axis || shape[$0] <= target[$0] })
        else {
            throw OctetError(.invalidModel, "the indices do not fit the data", expected: "\(target)", found: "\(shape)")
        }
        var strides = Tensor.rowMajorStrides(target)
        let along = strides[axis]
        strides[axis] = 0
        var places: [Int] = []
        places.reserveCapacity(indices.count)
        try LoopNest(shape, strides: [strides]).forEachRun { starts, steps, length in
            for step in 0..<length {
                let index = try Indices.resolve(indices[places.count], extent: target[axis])
                places.append(starts[0] + step * steps[0] + index * along)
            }
        }
        return places
    }

    /// Where the slices that index tuples name begin, and how long they are.
    static func slices(
        _ indices: Tensor, in shape: [Int], batchAxes: Int = 0
    ) throws -> (starts: [Int], length: Int) {
        let numbers = indices.integers ?? []
        let depth = indices.shape.last ?? 0
        let strides = Tensor.rowMajorStrides(shape)
        let length = shape[(batchAxes + depth)...].reduce(1, *)
        let batch = shape[..<batchAxes].reduce(1, *)
        let count = indices.shape.dropLast().reduce(1, *)
        let perBatch = batch == 0 ? 0 : count / batch
        let batchStride = shape[batchAxes...].reduce(1, *)
        let starts = try (0..<count).map { tuple in
            var start = perBatch == 0 ? 0 : tuple / perBatch * batchStride
            for level in 0..<depth {
                let axis = batchAxes + level
                start += try Indices.resolve(numbers[tuple * depth + level], extent: shape[axis]) * strides[axis]
            }
            return start
        }
        return (starts, length)
    }
}
