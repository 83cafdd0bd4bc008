internal import ModelGraph
internal import TensorCore

/// What a run, with the graphs inside its operators, may still use: memory for values, and rounds of loops.
final class RunBudget {
    let maximumBytes: Int
    let maximumIterations: Int
    /// What the values alive now take.
    private(set) var liveBytes = 0
    private var iterations = 0

    init(maximumBytes: Int, maximumIterations: Int) {
        self.maximumBytes = maximumBytes
        self.maximumIterations = maximumIterations
    }

    /// Says that a value is about to be made.
    /// - Returns: the bytes it takes.
    /// - Throws: `resourceLimit` when there is no room for it.
    @discardableResult
    func reserve(_ type: ElementType, _ shape: [Int]) throws -> Int {
        let bytes = try MemoryBudget.check(type, shape, live: liveBytes, maximum: maximumBytes)
        liveBytes += bytes
        return bytes
    }

    /// Counts a value that is there already.
    func add(_ bytes: Int) { liveBytes += bytes }

    /// Says that a value is gone.
    func release(_ bytes: Int) { liveBytes -= bytes }

    /// Counts a round of a loop.
    func countIteration() throws {
        iterations += 1
        guard iterations <= maximumIterations else {
            throw OctetError(
                .resourceLimit, "the loops of the model do not end",
                expected: "at most \(maximumIterations) rounds in one run",
                remedy: "Raise the limit on iterations if the model is meant to loop this often")
        }
    }
}
