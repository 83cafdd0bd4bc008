internal import Foundation

/// Jobs that the other threads of a pool do while one goes on, the latest first.
public final class WorkQueue: @unchecked Sendable {
    private let condition = NSCondition()
    private var jobs: [() -> Void] = []
    private var closed = false

    public init() {}

    /// Adds a job. What it writes nothing else may touch before ``run(on:_:)`` has returned.
    public func add(_ job: @escaping () -> Void) {
        condition.withLock { jobs.append(job) }
        condition.signal()
    }

    /// True when no more jobs will come: somebody waits for those that are still going on.
    public var isClosed: Bool { condition.withLock { closed } }

    private func close() {
        condition.withLock { closed = true }
        condition.broadcast()
    }

    /// Does jobs until there are none and none will come.
    private func work() {
        while let job = next() { job() }
    }

    private func next() -> (() -> Void)? {
        condition.withLock {
            while jobs.isEmpty, !closed { condition.wait() }
            return jobs.popLast()
        }
    }

    /// Calls `body`, which adds jobs, and returns when they are done as well: by the other threads of `pool` meanwhile,
    /// and by this one afterwards.
    /// - Throws: what `body` throws.
    public func run<Result>(on pool: ThreadPool?, _ body: () throws -> Result) throws -> Result {
        func finishing() throws -> Result {
            defer { work() }
            defer { close() }
            return try body()
        }
        guard let pool, pool.threads > 1 else { return try finishing() }
        return try pool.run(finishing) { _ in self.work() }
    }
}
