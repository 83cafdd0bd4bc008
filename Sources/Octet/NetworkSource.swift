internal import Kernels
internal import ModelGraph
internal import Synchronization
internal import TensorCore

/// Where a session's graph comes from: it is in memory, or is read again when it is needed. The sessions of several
/// callers share it.
final class NetworkSource: Sendable {
    private let file: MappedFile?
    private let graph: Mutex<Graph?>

    /// A graph in the form that is run.
    init(_ graph: Graph) {
        file = nil
        self.graph = Mutex(graph)
    }

    /// A file that is known to be in order, and its graph if it is there.
    init(_ file: MappedFile, graph: Graph? = nil) {
        self.file = file
        self.graph = Mutex(graph)
    }

    /// The network in the form that is run.
    func simplified() throws -> Graph {
        try graph.withLock { graph in
            if let graph { return graph }
            guard let file else { preconditionFailure("a graph that cannot be read again is never given up") }
            let read = try Model(file).simplified()
            graph = read
            return read
        }
    }

    /// Frees a graph that can be read again, and gives the memory that reading and compiling took back to the system.
    func release() {
        guard file != nil else { return }
        let isFreed = graph.withLock { graph in
            defer { graph = nil }
            return graph != nil
        }
        if isFreed { octet_return_freed_memory() }
    }
}
