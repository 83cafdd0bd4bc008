internal import TensorCore

/// For each tensor the candidate range with the least error of the layers it feeds, measured by ``RangeSelection`` on
/// calibration samples that the candidates were not made from.
public struct AutomaticRange: RangeMethod {
    public static let name = "auto"

    /// A range and the method it comes from.
    struct Candidate {
        var method: String
        var range: ClosedRange<Float>
    }

    /// Per cent of the elements that the percentile candidates keep.
    private static let percentiles = [99.999, 99.99, 99.9]

    public init(_ options: RangeOptions = RangeOptions()) {}

    /// What is used where no layer reads the tensor in integers: from the smallest to the largest element.
    public func range(of statistics: HistogramObserver, for format: IntegerFormat) -> ClosedRange<Float> {
        statistics.extremes ?? 0...0
    }

    /// The ranges to choose from, each once; the first is that of ``range(of:for:)``.
    func candidates(of statistics: HistogramObserver, for format: IntegerFormat) throws -> [Candidate] {
        var candidates: [Candidate] = []
        for candidate in try ranges(of: statistics, for: format)
        where !candidates.contains(where: { $0.range == candidate.range }) {
            candidates.append(candidate)
        }
        return candidates
    }

    /// The range of every method.
    func ranges(of statistics: HistogramObserver, for format: IntegerFormat) throws -> [Candidate] {
        guard statistics.extremes != nil else { return [] }
        var ranges = [Candidate(method: MinMaxRange.name, range: range(of: statistics, for: format))]
        for percentile in Self.percentiles {
            let method = try PercentileRange(RangeOptions(percentile: percentile))
            ranges.append(
                Candidate(
                    method: "\(PercentileRange.name) \(percentile)", range: method.range(of: statistics, for: format)))
        }
        ranges.append(
            Candidate(method: EntropyRange.name, range: EntropyRange().range(of: statistics, for: format)))
        ranges.append(
            Candidate(
                method: MeanSquaredErrorRange.name,
                range: MeanSquaredErrorRange().range(of: statistics, for: format)))
        return ranges
    }
}
