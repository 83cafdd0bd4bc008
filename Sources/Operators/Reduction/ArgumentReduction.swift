public import ModelGraph
public import TensorCore

/// ONNX `ArgMax`: the index of the greatest element along an axis.
public struct ArgMax: ArgumentReduction {
    public static let name = "ArgMax"

    public var axis: Int
    public var keepsDimensions: Bool
    public var selectsLast: Bool

    public init(axis: Int = 0, keepsDimensions: Bool = true, selectsLast: Bool = false) {
        self.axis = axis
        self.keepsDimensions = keepsDimensions
        self.selectsLast = selectsLast
    }

    public static func isBetter<T: Comparable>(_ a: T, than b: T) -> Bool { a > b }
}

/// ONNX `ArgMin`: the index of the least element along an axis.
public struct ArgMin: ArgumentReduction {
    public static let name = "ArgMin"

    public var axis: Int
    public var keepsDimensions: Bool
    public var selectsLast: Bool

    public init(axis: Int = 0, keepsDimensions: Bool = true, selectsLast: Bool = false) {
        self.axis = axis
        self.keepsDimensions = keepsDimensions
        self.selectsLast = selectsLast
    }

    public static func isBetter<T: Comparable>(_ a: T, than b: T) -> Bool { a < b }
}

/// What ArgMax and ArgMin share.
public protocol ArgumentReduction: TensorOperator {
    var axis: Int { get }
    /// Whether the reduced axis stays with extent 1.
    var keepsDimensions: Bool { get }
    /// Whether the last of equal elements is named instead of the first.
    var selectsLast: Bool { get }
    init(axis: Int, keepsDimensions: Bool, selectsLast: Bool)
    static func isBetter<T: Comparable>(_ a: T, than b: T) -> Bool
}

extension ArgumentReduction {
    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        guard var shape = try inputs.tensor(0).shape else { return [.tensor(.int64, nil)] }
        let axis = try Shapes.axis(axis, rank: shape.count)
        if shape[axis] == 0 { throw OctetError(.invalidModel, "axis \(axis) has no elements") }
        if keepsDimensions { shape[axis] = 1 } else { shape.remove(at: axis) }
        return [.tensor(.int64, shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .numbers) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let axis = try Shapes.axis(axis, rank: x.rank)
        if x.elementType == .uint64 {
            try output.setIntegers(places(x.elements(as: UInt64.self), x.shape, axis))
        } else if let integers = x.integers {
            try output.setIntegers(places(integers, x.shape, axis))
        } else {
            try output.setIntegers(places(try x.reals(), x.shape, axis))
        }
    }

    private func places<T: Comparable>(_ values: [T], _ shape: [Int], _ axis: Int) -> [Int] {
        let inner = shape[(axis + 1)...].reduce(1, *)
        let outer = shape[..<axis].reduce(1, *)
        let extent = shape[axis]
        var places: [Int] = []
        places.reserveCapacity(outer * inner)
        for block in 0..<outer {
            for lane in 0..<inner {
                let base = block * extent * inner + lane
                var best = 0
                for index in 0..<extent {
                    let (candidate, champion) = (values[base + index * inner], values[base + best * inner])
                    if Self.isBetter(candidate, than: champion) || selectsLast && candidate == champion { best = index }
                }
                places.append(best)
            }
        }
        return places
    }
}
