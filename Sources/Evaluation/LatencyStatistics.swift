/// The times of repeated runs, in milliseconds.
public struct LatencyStatistics: Sendable, Hashable {
    /// The shortest time.
    public let minimum: Double
    /// The middle one; of an even number, the mean of the two in the middle.
    public let median: Double
    /// The shortest time that nine of ten runs do not exceed.
    public let percentile90: Double

    /// - Returns: `nil` without times.
    public init?(milliseconds times: [Double]) {
        let sorted = times.sorted()
        guard let first = sorted.first else { return nil }
        let middle = sorted.count / 2
        minimum = first
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        percentile90 = sorted[(sorted.count * 9 + 9) / 10 - 1]
    }
}
