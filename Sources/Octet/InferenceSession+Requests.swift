internal import Kernels
internal import Synchronization
public import TensorCore

extension InferenceSession {
    /// Runs independent requests: side by side, each on one thread, with the hint `throughput`; else one after the other.
    /// - Parameter requests: a tensor for each input of the network, by name.
    /// - Returns: the outputs of each request by name, in the order of the requests.
    /// - Throws: what ``run(_:)-([String:Tensor])`` throws for the first request that fails.
    public func run(_ requests: [[String: Tensor]]) throws -> [[String: Tensor]] {
        guard let lanes, let first = requests.first, requests.count > 1 else { return try requests.map { try run($0) } }
        let types = try interface.ordered(first).map(\.type)
        nonisolated(unsafe) let sessions = try callers(min(lanes.threads, requests.count), types: types)
        let results = Mutex([Result<[String: Tensor], any Error>?](repeating: nil, count: requests.count))
        let next = Atomic(0)
        lanes.concurrently(sessions.count) { lane in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < requests.count else { return }
                let result = Result { try sessions[lane].run(requests[index]) }
                results.withLock { $0[index] = result }
            }
        }
        return try results.withLock { try $0.compactMap { try $0?.get() } }
    }
}
