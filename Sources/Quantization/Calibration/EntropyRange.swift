internal import TensorCore

/// The range whose quantized distribution is closest to the real one by relative entropy (Kullback-Leibler divergence;
/// S. Migacz, 8-bit inference with TensorRT, 2017).
///
/// The elements are spread over 4096 equal bins; exact zeros, which every range keeps, do not count. Every 16th
/// threshold on |x| from the number of codes on is tried, and the range is what of the extremes lies within it.
public struct EntropyRange: RangeMethod {
    public static let name = "entropy"

    private static let binCount = 4096
    private static let thresholdStep = 16

    public init(_ options: RangeOptions = RangeOptions()) {}

    public func range(of statistics: HistogramObserver, for format: IntegerFormat) -> ClosedRange<Float> {
        guard let extremes = statistics.extremes else { return 0...0 }
        let limit = max(abs(Double(extremes.lowerBound)), abs(Double(extremes.upperBound)))
        guard limit > 0 else { return 0...0 }
        let low = format.isSymmetric ? 0 : max(-limit, min(Double(extremes.lowerBound), 0))
        let high = format.isSymmetric ? limit : max(Double(extremes.upperBound), 0)
        let codes = format.codes.upperBound - format.codes.lowerBound
        let levels = format.isSymmetric ? codes / 2 : codes
        let source = format.isSymmetric ? statistics.magnitudeBins : statistics.bins
        let counts = Self.equalBins(source, from: low, to: high)
        let width = (high - low) / Double(Self.binCount)
        var best = (threshold: limit, divergence: Double.infinity)
        var threshold = limit
        while threshold > 0 {
            let from = max(0, Int(((max(low, -threshold) - low) / width).rounded()))
            let to = min(Self.binCount, Int(((min(high, threshold) - low) / width).rounded()))
            guard to - from >= levels else { break }
            let divergence = Self.divergence(counts, from..<to, levels: levels)
            if divergence < best.divergence { best = (threshold, divergence) }
            threshold -= width * Double(Self.thresholdStep)
        }
        if format.isSymmetric { return Float(-best.threshold)...Float(best.threshold) }
        return Float(max(low, -best.threshold))...Float(min(high, best.threshold))
    }

    /// The counts in equal bins; a bin that reaches over several is shared out by width.
    private static func equalBins(_ bins: [HistogramObserver.Bin], from low: Double, to high: Double) -> [Double] {
        var result = Array(repeating: 0.0, count: binCount)
        let width = (high - low) / Double(binCount)
        for bin in bins where max(abs(bin.lower), abs(bin.upper)) > Float.leastNormalMagnitude {
            let start = (Double(bin.lower) - low) / width
            let end = (Double(bin.upper) - low) / width
            let first = min(max(Int(start), 0), binCount - 1)
            let last = min(max(Int(end), first), binCount - 1)
            guard end > start, last > first else {
                result[first] += Double(bin.count)
                continue
            }
            for index in first...last {
                let part = min(end, Double(index + 1)) - max(start, Double(index))
                if part > 0 { result[index] += Double(bin.count) * part / (end - start) }
            }
        }
        return result
    }

    /// KL(P‖Q), where P has what lies outside of the range at its ends and Q spreads the elements of each code evenly
    /// over the bins that hold any.
    private static func divergence(_ counts: [Double], _ range: Range<Int>, levels: Int) -> Double {
        let below = counts[..<range.lowerBound].reduce(0, +)
        let above = counts[range.upperBound...].reduce(0, +)
        let total = below + above + counts[range].reduce(0, +)
        guard total > 0 else { return 0 }
        let smallest = 1e-9
        var kept = 0.0
        for index in range { kept += counts[index] }
        guard kept > 0 else { return .infinity }
        var sum = 0.0
        for level in 0..<levels {
            let from = range.lowerBound + range.count * level / levels
            let to = range.lowerBound + range.count * (level + 1) / levels
            var inLevel = 0.0
            var used = 0.0
            for index in from..<to where counts[index] > 0 {
                inLevel += counts[index]
                used += 1
            }
            for index in from..<to {
                var p = counts[index]
                if index == range.lowerBound { p += below }
                if index == range.upperBound - 1 { p += above }
                guard p > 0 else { continue }
                let q = counts[index] > 0 ? inLevel / used / kept : smallest
                sum += p / total * (p / total / max(q, smallest)).portableLogarithm
            }
        }
        return sum
    }
}
