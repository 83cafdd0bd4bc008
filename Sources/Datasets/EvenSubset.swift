internal import TensorCore

/// Some of `count` places, spread evenly: the i-th of n is `floor(i · count / n)`.
public struct EvenSubset: RandomAccessCollection, Sendable {
    /// How many places there are.
    public let total: Int
    /// How many of them are taken.
    public let count: Int

    /// - Parameter samples: how many places are wanted; `nil`, or more than there are, for all.
    /// - Throws: `invalidArgument` when fewer than one is wanted.
    public init(of total: Int, samples: Int? = nil) throws {
        if let samples, samples < 1 {
            throw OctetError(
                .invalidArgument, "the number of samples makes no sense", expected: "1 or more", found: "\(samples)")
        }
        self.total = total
        count = Swift.min(samples ?? total, total)
    }

    /// Always 0.
    public var startIndex: Int { 0 }
    /// One past the last place.
    public var endIndex: Int { count }

    /// The place that is taken as the `position`-th.
    public subscript(position: Int) -> Int {
        let (high, low) = position.multipliedFullWidth(by: total)
        return count.dividingFullWidth((high, low)).quotient
    }
}
