internal import Foundation
internal import Kernels

/// Writes constants of a plan while it is being compiled. What jobs write nothing else touches before they have ended.
final class PackingQueue: @unchecked Sendable {
    private let condition = NSCondition()
    private var jobs: [() -> Void] = []
    private var isClosed = false

    func add(_ job: @escaping () -> Void) {
        condition.withLock { jobs.append(job) }
        condition.signal()
    }

    /// Says that no more jobs will come.
    func close() {
        condition.withLock { isClosed = true }
        condition.broadcast()
    }

    /// Does jobs until there are none and none will come.
    func work() {
        while let job = next() { job() }
    }

    private func next() -> (() -> Void)? {
        condition.withLock {
            while jobs.isEmpty, !isClosed { condition.wait() }
            return jobs.popLast()
        }
    }

    /// Calls `body`, which adds jobs, and returns when they are done as well: by the other threads of `pool` meanwhile,
    /// and by this one afterwards.
    func run<Result>(on pool: ThreadPool?, _ body: () throws -> Result) throws -> Result {
        func finishing() throws -> Result {
            defer { work() }
            defer { close() }
            return try body()
        }
        guard let pool, pool.threads > 1 else { return try finishing() }
        return try pool.run(finishing) { _ in self.work() }
    }
}
