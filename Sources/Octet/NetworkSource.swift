internal import Kernels
internal import ModelGraph
internal import Synchronization

/// Where a session's graph comes from: it is in memory, or is read again when it is needed. The sessions of several
/// callers share it.
final class NetworkSource: Sendable {
    private let path: String?
    private let graph: Mutex<Graph?>

    /// A graph in the form that is run.
    init(_ graph: Graph) {
        path = nil
        self.graph = Mutex(graph)
    }

    /// A file that is known to be in order.
    init(path: String, graph: Graph? = nil) {
        self.path = path
        self.graph = Mutex(graph)
    }

    /// The network in the form that is run.
    func simplified() throws -> Graph {
        try graph.withLock { graph in
            if let graph { return graph }
            let read = try Model(path: path ?? "").simplified()
            graph = read
            return read
        }
    }

    /// Frees a graph that can be read again, and gives the memory that reading and compiling took back to the system.
    func release() {
        guard path != nil else { return }
        let isFreed = graph.withLock { graph in
            defer { graph = nil }
            return graph != nil
        }
        if isFreed { octet_return_freed_memory() }
    }
}
