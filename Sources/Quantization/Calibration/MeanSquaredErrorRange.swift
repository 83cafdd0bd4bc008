internal import TensorCore

/// The range with the least mean squared error: rounding inside of it and cutting off outside.
///
/// Rounding costs step²/12 for each element that is no exact zero and not rounded to zero as a whole; cutting off costs
/// the squared distance to the range. Either end is searched in turn until neither moves, or both together for
/// symmetric formats.
public struct MeanSquaredErrorRange: RangeMethod {
    public static let name = "mse"

    /// Fractions of the extremes that are tried.
    private static let fractions = (0...192).map { 1 - Double($0) / 200 }

    public init(_ options: RangeOptions = RangeOptions()) {}

    public func range(of statistics: HistogramObserver, for format: IntegerFormat) -> ClosedRange<Float> {
        guard let extremes = statistics.extremes else { return 0...0 }
        let low = Double(min(extremes.lowerBound, 0))
        let high = Double(max(extremes.upperBound, 0))
        guard low < high else { return 0...0 }
        let levels = Double(format.codes.upperBound - format.codes.lowerBound)
        let moments = HistogramMoments(statistics.bins)
        if format.isSymmetric {
            let limit = max(-low, high)
            let best = Self.fractions.min { a, b in
                moments.error(from: -limit * a, to: limit * a, levels: levels)
                    < moments.error(from: -limit * b, to: limit * b, levels: levels)
            }
            let chosen = Float(limit * (best ?? 1))
            return -chosen...chosen
        }
        var (from, to) = (low, high)
        for _ in 0..<8 {
            let previous = (from, to)
            to = Self.best(high) { moments.error(from: from, to: $0, levels: levels) }
            from = Self.best(low) { moments.error(from: $0, to: to, levels: levels) }
            if previous == (from, to) { break }
        }
        return Float(from)...Float(to)
    }

    private static func best(_ end: Double, _ error: (Double) -> Double) -> Double {
        guard end != 0 else { return 0 }
        var best = (end, Double.infinity)
        for fraction in fractions {
            let found = error(end * fraction)
            if found < best.1 { best = (end * fraction, found) }
        }
        return best.0
    }
}

/// Sums over the bins of a histogram, so that the error of a range is found in the time of a search.
struct HistogramMoments {
    private var centres: [Double] = []
    /// Sums of counts, of first and of second moments over all bins before each index.
    private var counts = [0.0]
    private var firsts = [0.0]
    private var seconds = [0.0]

    init(_ bins: [HistogramObserver.Bin]) {
        for bin in bins {
            let centre = (Double(bin.lower) + Double(bin.upper)) / 2
            let count = Double(bin.count)
            centres.append(centre)
            counts.append(counts[counts.count - 1] + count)
            firsts.append(firsts[firsts.count - 1] + count * centre)
            seconds.append(seconds[seconds.count - 1] + count * centre * centre)
        }
    }

    /// The sum of squared errors of all elements for codes spread over a range.
    func error(from low: Double, to high: Double, levels: Double) -> Double {
        let step = (high - low) / levels
        guard step > 0 else { return .infinity }
        let all = centres.count
        let below = index(of: low)
        let above = max(index(of: high), below)
        let smallFrom = min(max(index(of: -step / 2), below), above)
        let smallTo = min(max(index(of: step / 2), smallFrom), above)
        let rounded = counts[above] - counts[below] - (counts[smallTo] - counts[smallFrom])
        return rounded * step * step / 12 + (seconds[smallTo] - seconds[smallFrom])
            + distance(0, below, to: low) + distance(above, all, to: high)
    }

    /// Σ count · (x − bound)² over bins `from ..< to`.
    private func distance(_ from: Int, _ to: Int, to bound: Double) -> Double {
        max(
            0,
            seconds[to] - seconds[from] - 2 * bound * (firsts[to] - firsts[from])
                + bound * bound * (counts[to] - counts[from]))
    }

    /// The first bin whose centre is not below `value`.
    private func index(of value: Double) -> Int {
        var (low, high) = (0, centres.count)
        while low < high {
            let middle = (low + high) / 2
            if centres[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
