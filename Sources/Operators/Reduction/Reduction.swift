public import ModelGraph
public import TensorCore

/// An operator that folds the axes in input 1 (all, when it is left out or empty) into one number.
public protocol Reduction: TensorOperator {
    /// Whether reduced axes stay with extent 1.
    var keepsDimensions: Bool { get }
    /// What an empty list of axes means: nothing is reduced, instead of everything.
    var emptyAxesReduceNothing: Bool { get }
    init(keepsDimensions: Bool, emptyAxesReduceNothing: Bool)
    /// The result for the elements in `x`, which may be none.
    static func reduce(_ x: [Double]) -> Double
    /// Whether integers are reduced in `Int` by ``reduceIntegers(_:)``.
    static var reducesIntegers: Bool { get }
    static func reduceIntegers(_ x: [Int]) -> Int
}

extension Reduction {
    public var shapeInputs: [Int] { [1] }
    public static var reducesIntegers: Bool { false }
    public static func reduceIntegers(_ x: [Int]) -> Int { 0 }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let shape = x.shape else { return [.tensor(x.elementType, nil)] }
        if inputs.isPresent(1), inputs.integers(1) == nil {
            return [.tensor(x.elementType, keepsDimensions ? shape.map { _ in .unknown } : nil)]
        }
        let axes = try axes(inputs.integers(1), rank: shape.count)
        return [
            .tensor(
                x.elementType,
                shape.indices.compactMap { axes.contains($0) ? (keepsDimensions ? 1 : nil) : shape[$0] })
        ]
    }

    private func axes(_ listed: [Int]?, rank: Int) throws -> Set<Int> {
        guard let listed, !listed.isEmpty else { return emptyAxesReduceNothing ? [] : Set(0..<rank) }
        return Set(try Shapes.axes(listed, rank: rank))
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, Self.reducesIntegers ? .numbers.union([.bool]) : .reals)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let axes = try axes(inputs.integers(1), rank: x.rank)
        let strides = Tensor.rowMajorStrides(x.shape)
        let (kept, folded) = (x.shape.indices.filter { !axes.contains($0) }, x.shape.indices.filter(axes.contains))
        let offsets = Self.offsets(folded.map { x.shape[$0] }, folded.map { strides[$0] })
        let starts = Self.offsets(kept.map { x.shape[$0] }, kept.map { strides[$0] })
        if x.elementType.isFloatingPoint {
            let values = try x.reals()
            try output.setReals(starts.map { start in Self.reduce(offsets.map { values[start + $0] }) })
        } else {
            guard let values = x.integers else {
                throw OctetError(.invalidData, "integers beyond 2⁶³ cannot be reduced")
            }
            if offsets.isEmpty {
                let value = Self.bounded(Self.reduceIntegers([]), to: x.elementType)
                return try output.setIntegers(Array(repeating: value, count: starts.count))
            }
            try output.setIntegers(starts.map { start in Self.reduceIntegers(offsets.map { values[start + $0] }) })
        }
    }

    /// The extremes of `Int` stand for those of the type.
    private static func bounded(_ value: Int, to type: ElementType) -> Int {
        switch type {
        case .bool: return max(0, min(value, 1))
        case .uint64: return value == .max ? -1 : max(0, value)
        default:
            guard let range = type.integerRange else { return value }
            return max(range.lowerBound, min(value, range.upperBound))
        }
    }

    /// The offsets of all elements of an index space, in row-major order.
    private static func offsets(_ extents: [Int], _ strides: [Int]) -> [Int] {
        var result: [Int] = []
        LoopNest(extents, strides: [strides]).forEachRun { starts, steps, length in
            for index in 0..<length { result.append(starts[0] + index * steps[0]) }
        }
        return result
    }
}
