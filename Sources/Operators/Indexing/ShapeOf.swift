public import ModelGraph
public import TensorCore

/// ONNX `Shape`: the extents of the axes from `start` to before `end`.
public struct ShapeOf: TensorOperator {
    public static let name = "Shape"

    public var start: Int
    public var end: Int?

    public init(start: Int = 0, end: Int? = nil) {
        self.start = start
        self.end = end
    }

    public var readsOnlyTypes: Bool { true }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        guard let rank = try inputs.tensor(0).shape?.count else { return [.tensor(.int64, [.unknown])] }
        return [.tensor(.int64, [.fixed(range(rank: rank).count)])]
    }

    private func range(rank: Int) -> Range<Int> {
        func bounded(_ axis: Int) -> Int { max(0, min(axis < 0 ? axis + rank : axis, rank)) }
        let lower = bounded(start)
        return lower..<max(lower, end.map(bounded) ?? rank)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let x = try inputs.required(0)
        try outputs.optional(0)?.setIntegers(Array(x.shape[range(rank: x.rank)]))
    }
}

/// ONNX `Size`: the number of elements.
public struct Size: TensorOperator {
    public static let name = "Size"

    public init() {}

    public var readsOnlyTypes: Bool { true }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        _ = try inputs.tensor(0)
        return [.tensor(.int64, [])]
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        try outputs.optional(0)?.setIntegers([inputs.required(0).count])
    }
}
