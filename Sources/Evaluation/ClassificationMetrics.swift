/// Counts how often the true class is the first, or among the first five, by a classifier's scores.
///
/// The classes are ranked by falling score; equal scores by rising class, as NumPy's `argmax` takes the first of
/// them. A score that is not a number ranks last.
public struct ClassificationMetrics: Sendable, Hashable {
    /// Samples counted.
    public private(set) var samples = 0
    private var labelled = 0
    private var firstHits = 0
    private var fiveHits = 0
    private var compared = 0
    private var agreements = 0

    /// Nothing counted yet.
    public init() {}

    /// Counts one sample.
    /// - Parameters:
    ///   - scores: one for each class.
    ///   - label: the true class, if it is known. One that the scores do not have counts as missed.
    ///   - baseline: the scores of the network this one is compared with.
    public mutating func add(scores: [Float], label: Int? = nil, baseline: [Float]? = nil) {
        samples += 1
        if let label {
            labelled += 1
            let rank = Self.rank(of: label, in: scores)
            if rank == 0 { firstHits += 1 }
            if rank ?? 5 < 5 { fiveHits += 1 }
        }
        if let baseline {
            compared += 1
            if Self.best(of: scores) == Self.best(of: baseline) { agreements += 1 }
        }
    }

    /// Adds what was counted elsewhere.
    public mutating func merge(_ other: ClassificationMetrics) {
        samples += other.samples
        labelled += other.labelled
        firstHits += other.firstHits
        fiveHits += other.fiveHits
        compared += other.compared
        agreements += other.agreements
    }

    /// The share of samples whose first class is the true one, in per cent; `nil` without labels.
    public var top1: Double? { Self.percent(firstHits, of: labelled) }

    /// The share of samples whose first five classes hold the true one, in per cent; `nil` without labels.
    public var top5: Double? { Self.percent(fiveHits, of: labelled) }

    /// The share of samples whose first class is the baseline's, in per cent; `nil` without a baseline.
    public var agreement: Double? { Self.percent(agreements, of: compared) }

    /// The class with the highest score; `nil` without scores.
    public static func best(of scores: [Float]) -> Int? {
        var best: Int?
        for index in scores.indices where best.map({ isAhead(scores[index], scores[$0]) }) ?? true { best = index }
        return best
    }

    private static func rank(of label: Int, in scores: [Float]) -> Int? {
        guard scores.indices.contains(label), !scores[label].isNaN else { return nil }
        let own = scores[label]
        return scores.indices.count { isAhead(scores[$0], own) || $0 < label && scores[$0] == own }
    }

    private static func isAhead(_ left: Float, _ right: Float) -> Bool {
        left > right || right.isNaN && !left.isNaN
    }

    private static func percent(_ part: Int, of whole: Int) -> Double? {
        whole == 0 ? nil : 100 * Double(part) / Double(whole)
    }
}
