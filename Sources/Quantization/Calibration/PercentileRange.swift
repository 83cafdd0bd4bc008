internal import TensorCore

/// The range that keeps a given share of the elements: half of the rest is cut off at either end or, for symmetric
/// formats, all of it from |x|.
public struct PercentileRange: RangeMethod {
    public static let name = "percentile"

    private let kept: Double

    /// - Throws: `invalidArgument` unless the percentile lies above 50 and at most at 100.
    public init(_ options: RangeOptions = RangeOptions()) throws {
        guard options.percentile > 50, options.percentile <= 100 else {
            throw OctetError(
                .invalidArgument, "this percentile makes no sense", expected: "above 50, at most 100",
                found: "\(options.percentile)")
        }
        kept = options.percentile / 100
    }

    public func range(of statistics: HistogramObserver, for format: IntegerFormat) -> ClosedRange<Float> {
        guard let extremes = statistics.extremes else { return 0...0 }
        if format.isSymmetric {
            let limit = Self.quantile(kept, of: statistics.magnitudeBins)
            return -limit...limit
        }
        let bins = statistics.bins
        let low = Self.quantile((1 - kept) / 2, of: bins)
        let high = Self.quantile(1 - (1 - kept) / 2, of: bins)
        return max(low, extremes.lowerBound)...min(max(low, high), extremes.upperBound)
    }

    /// Where `share` of the elements lie below, interpolated within the bin.
    private static func quantile(_ share: Double, of bins: [HistogramObserver.Bin]) -> Float {
        let total = bins.reduce(0.0) { $0 + Double($1.count) }
        let target = share * total
        var below = 0.0
        for bin in bins {
            let count = Double(bin.count)
            if below + count >= target {
                let part = min(max((target - below) / count, 0), 1)
                return Float(Double(bin.lower) + part * (Double(bin.upper) - Double(bin.lower)))
            }
            below += count
        }
        return bins.last?.upper ?? 0
    }
}
