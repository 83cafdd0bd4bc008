public import TensorCore

/// The smallest and largest element of each sample, averaged.
///
/// Floats are summed exactly, the significands of each exponent by themselves, so that the average does not depend on
/// the order of the samples.
public struct AverageObserver: Observer {
    private var lower = ExactSum()
    private var upper = ExactSum()
    private var samples: Int64 = 0
    /// The extremes of the sample that is being observed, whose tensors may come one by one.
    private var current: Current?
    private var all = MinMaxObserver()

    private struct Current: Codable, Equatable {
        var sample: Int
        var minimum: Float
        var maximum: Float
    }

    public init() {}

    public static var isDivisible: Bool { false }

    public mutating func observe(_ tensor: Tensor, sample: Int) throws {
        try tensor.withScannedFloats { _, scan in
            if let open = current, open.sample == sample {
                current?.minimum = min(open.minimum, scan.minimum)
                current?.maximum = max(open.maximum, scan.maximum)
            } else {
                close()
                current = Current(sample: sample, minimum: scan.minimum, maximum: scan.maximum)
            }
        }
        try all.observe(tensor, sample: sample)
    }

    public mutating func merge(_ other: AverageObserver) {
        var other = other
        other.close()
        close()
        lower.add(other.lower)
        upper.add(other.upper)
        samples += other.samples
        all.merge(other.all)
    }

    public var isSound: Bool {
        lower.isSound && upper.isSound && (0..<Int64(1 << 32)).contains(samples) && all.isSound
            && (current.map { $0.minimum.isFinite && $0.maximum.isFinite && $0.minimum <= $0.maximum } ?? true)
    }

    public var extremes: ClosedRange<Float>? { all.extremes }

    /// From the average minimum to the average maximum.
    public var average: ClosedRange<Float>? {
        var closed = self
        closed.close()
        guard closed.samples > 0 else { return nil }
        let low = Float(closed.lower.value / Double(closed.samples))
        let high = Float(closed.upper.value / Double(closed.samples))
        return min(low, high)...max(low, high)
    }

    /// 0 for a range that holds all elements; nothing is known of narrower ranges, for which it is 0 as well.
    public func share(outside range: ClosedRange<Float>) -> Double { 0 }

    public static func == (left: AverageObserver, right: AverageObserver) -> Bool {
        var (a, b) = (left, right)
        a.close()
        b.close()
        return a.lower == b.lower && a.upper == b.upper && a.samples == b.samples && a.all == b.all
    }

    private mutating func close() {
        guard let open = current else { return }
        lower.add(open.minimum)
        upper.add(open.maximum)
        samples += 1
        current = nil
    }
}

/// A sum of floats without rounding.
private struct ExactSum: Codable, Equatable {
    /// Sums of signed significands by biased exponent.
    private var significands = [Int64](repeating: 0, count: 256)

    mutating func add(_ value: Float) {
        let bits = value.bitPattern
        let exponent = Int(bits >> 23 & 0xff)
        let significand = Int64(bits & 0x7f_ffff) + (exponent > 0 ? 1 << 23 : 0)
        significands[exponent] += value.sign == .minus ? -significand : significand
    }

    mutating func add(_ other: ExactSum) {
        for index in significands.indices { significands[index] += other.significands[index] }
    }

    /// Whether the sums can be those of fewer than 2³² floats.
    var isSound: Bool { significands.count == 256 && significands.allSatisfy { abs($0 / 2) < 1 << 55 } }

    /// The sum, rounded as binary64 in ascending order of magnitude.
    var value: Double {
        var sum = 0.0
        for (exponent, significand) in significands.enumerated() where significand != 0 {
            sum += Double(sign: .plus, exponent: max(exponent, 1) - 150, significand: 1) * Double(significand)
        }
        return sum
    }
}
