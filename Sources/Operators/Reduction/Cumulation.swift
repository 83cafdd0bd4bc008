public import ModelGraph
public import TensorCore

/// ONNX `CumSum`: running sums along the axis in input 1.
public struct CumulativeSum: Cumulation {
    public static let name = "CumSum"

    public var isExclusive: Bool
    public var isReversed: Bool

    public init(isExclusive: Bool = false, isReversed: Bool = false) {
        self.isExclusive = isExclusive
        self.isReversed = isReversed
    }

    public static var neutral: Int { 0 }
    public static func combine(_ a: Double, _ b: Double) -> Double { a + b }
    public static func combine(_ a: Int, _ b: Int) -> Int { a &+ b }
}

/// ONNX `CumProd`: running products along the axis in input 1.
public struct CumulativeProduct: Cumulation {
    public static let name = "CumProd"

    public var isExclusive: Bool
    public var isReversed: Bool

    public init(isExclusive: Bool = false, isReversed: Bool = false) {
        self.isExclusive = isExclusive
        self.isReversed = isReversed
    }

    public static var neutral: Int { 1 }
    public static func combine(_ a: Double, _ b: Double) -> Double { a * b }
    public static func combine(_ a: Int, _ b: Int) -> Int { a &* b }
}

/// What CumSum and CumProd share.
public protocol Cumulation: TensorOperator {
    /// Whether an element's own value is left out of its result.
    var isExclusive: Bool { get }
    /// Whether it runs from the end.
    var isReversed: Bool { get }
    init(isExclusive: Bool, isReversed: Bool)
    static var neutral: Int { get }
    static func combine(_ a: Double, _ b: Double) -> Double
    static func combine(_ a: Int, _ b: Int) -> Int
}

extension Cumulation {
    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        if let rank = x.shape?.count, let axis = inputs.integers(1)?.first { _ = try Shapes.axis(axis, rank: rank) }
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .reals.union([.int8, .int16, .int32, .int64, .uint8, .uint16, .uint32]))
        try inputs.require(1, .indices)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        guard let listed = try inputs.integers(1)?.first else {
            throw OctetError(.invalidModel, "the axis is missing")
        }
        let axis = try Shapes.axis(listed, rank: x.rank)
        if let integers = x.integers {
            try output.setIntegers(run(integers, x.shape, axis, Self.neutral, Self.combine))
        } else {
            try output.setReals(run(try x.reals(), x.shape, axis, Double(Self.neutral), Self.combine))
        }
    }

    private func run<T>(_ values: [T], _ shape: [Int], _ axis: Int, _ neutral: T, _ combine: (T, T) -> T) -> [T] {
        var result = values
        let inner = shape[(axis + 1)...].reduce(1, *)
        let extent = shape[axis]
        for line in 0..<shape[..<axis].reduce(1, *) * inner {
            var total = neutral
            for step in 0..<extent {
                let place = (line / inner * extent + (isReversed ? extent - 1 - step : step)) * inner + line % inner
                if isExclusive { result[place] = total }
                total = combine(total, values[place])
                if !isExclusive { result[place] = total }
            }
        }
        return result
    }
}
