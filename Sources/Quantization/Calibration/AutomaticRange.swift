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
        guard statistics.extremes != nil else { return [] }
        var candidates: [Candidate] = []
        for (name, range) in try methods() {
            let candidate = Candidate(method: name, range: range(statistics, format))
            if !candidates.contains(where: { $0.range == candidate.range }) { candidates.append(candidate) }
        }
        return candidates
    }

    /// The range of the method of a candidate's name; `nil` for a name that no candidate has.
    func range(
        of statistics: HistogramObserver, for format: IntegerFormat, method name: String
    ) throws -> ClosedRange<Float>? {
        guard statistics.extremes != nil else { return nil }
        return try methods().first { $0.name == name }?.range(statistics, format)
    }

    private typealias Method = (name: String, range: (HistogramObserver, IntegerFormat) -> ClosedRange<Float>)

    private func methods() throws -> [Method] {
        let percentiles = try Self.percentiles.map { percentile -> Method in
            let method = try PercentileRange(RangeOptions(percentile: percentile))
            return ("\(PercentileRange.name) \(percentile)", { method.range(of: $0, for: $1) })
        }
        return [(MinMaxRange.name, { range(of: $0, for: $1) })] + percentiles + [
            (EntropyRange.name, { EntropyRange().range(of: $0, for: $1) }),
            (MeanSquaredErrorRange.name, { MeanSquaredErrorRange().range(of: $0, for: $1) }),
        ]
    }
}
