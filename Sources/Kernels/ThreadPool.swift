internal import Foundation
public import TensorCore

/// A persistent pool of threads that share the tasks of a step. Idle threads sleep between runs.
///
/// A pool may be shared: if two callers run at the same time, one gets the workers and the other runs its tasks itself.
public final class ThreadPool: @unchecked Sendable {
    /// The C pool, for `octet_run_steps`.
    public let pointer: OpaquePointer

    /// The number of threads, the caller's included.
    public var threads: Int { Int(octet_pool_threads(pointer)) }

    /// The most threads a pool may have.
    public static let maximumThreads = 1024

    /// - Throws: `OctetError`: `invalidArgument` if `threads` is not within 1...1024, `resourceLimit` if the system does
    ///   not give that many threads.
    public init(threads: Int) throws(OctetError) {
        guard (1...Self.maximumThreads).contains(threads) else {
            throw OctetError(
                .invalidArgument, "the number of threads makes no sense", expected: "1...\(Self.maximumThreads)",
                found: "\(threads)")
        }
        guard let pointer = octet_pool_create(Int32(threads)) else {
            throw OctetError(.resourceLimit, "the system refused to start \(threads) threads")
        }
        self.pointer = pointer
    }

    deinit { octet_pool_destroy(pointer) }

    /// The number of threads that `text` asks for, or the number of processors.
    ///
    /// - Parameter text: by default what `OCTET_THREADS` says.
    /// - Throws: `OctetError` of kind `invalidArgument` if it is not a number within 1...1024.
    public static func defaultThreads(
        _ text: String? = EnvironmentVariable.value(of: "OCTET_THREADS")
    ) throws(OctetError) -> Int {
        guard let text, !text.isEmpty else {
            return max(1, min(ProcessInfo.processInfo.activeProcessorCount, maximumThreads))
        }
        guard let threads = Int(text), (1...maximumThreads).contains(threads) else {
            throw OctetError(
                .invalidArgument, "OCTET_THREADS is not a number of threads", expected: "1...\(maximumThreads)",
                found: text)
        }
        return threads
    }

    /// Calls `body` with 0 ..< `count`, each once, on the threads of the pool, and returns when all calls have ended.
    public func concurrently(_ count: Int, _ body: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            let box = Body(call: body)
            let kernel: octet_kernel = { context, index in
                guard let context else { return }
                Unmanaged<Body>.fromOpaque(context).takeUnretainedValue().call(index)
            }
            withExtendedLifetime(box) {
                run(kernel, Unmanaged.passUnretained(box).toOpaque(), tasks: count)
            }
        }
    }

    /// Calls `body` and, on the other threads of the pool meanwhile, `other` with their numbers from 1; returns when all
    /// calls have ended.
    /// - Throws: what `body` throws.
    public func run<Result>(
        _ body: () throws -> Result, beside other: @Sendable (Int) -> Void
    ) throws -> Result {
        nonisolated(unsafe) var result: Swift.Result<Result, any Error>?
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            concurrently(threads) { task in
                if task == 0 { result = Swift.Result(catching: body) } else { other(task) }
            }
        }
        guard let result else { preconditionFailure("the pool runs every task") }
        return try result.get()
    }

    private final class Body: Sendable {
        let call: @Sendable (Int) -> Void

        init(call: @escaping @Sendable (Int) -> Void) { self.call = call }
    }

    /// Runs the tasks 0 ..< `tasks` of `kernel` on the pool and returns when all have ended.
    public func run(_ kernel: octet_kernel, _ args: UnsafeRawPointer?, tasks: Int) {
        octet_pool_run(pointer, kernel, args, tasks)
    }
}
