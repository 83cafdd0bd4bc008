public import TensorCore

/// Remembers the smallest and the largest element.
public struct MinMaxObserver: Observer {
    private var minimum: Float?
    private var maximum: Float?

    public init() {}

    public mutating func observe(_ tensor: Tensor, sample: Int) throws {
        try tensor.withScannedFloats { _, scan in include(scan.minimum, scan.maximum) }
    }

    public mutating func merge(_ other: MinMaxObserver) {
        if let low = other.minimum, let high = other.maximum { include(low, high) }
    }

    public var isSound: Bool {
        guard let minimum, let maximum else { return minimum == nil && maximum == nil }
        return minimum.isFinite && maximum.isFinite && minimum <= maximum
    }

    public var extremes: ClosedRange<Float>? {
        guard let minimum, let maximum else { return nil }
        return minimum...maximum
    }

    /// 0 for a range that holds all elements; nothing is known of narrower ranges, for which it is 0 as well.
    public func share(outside range: ClosedRange<Float>) -> Double { 0 }

    /// Takes in elements by their extremes.
    mutating func include(_ low: Float, _ high: Float) {
        // Adding 0 turns −0 into 0, which compares equal and would make the state depend on the order.
        minimum = min(minimum ?? .infinity, low + 0)
        maximum = max(maximum ?? -.infinity, high + 0)
    }
}
