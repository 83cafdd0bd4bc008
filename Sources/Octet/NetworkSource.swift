internal import Kernels
internal import ModelGraph

/// Where a session's graph comes from: it is in memory, or is read again when it is needed.
final class NetworkSource {
    private let path: String?
    private var graph: Graph?

    /// A graph in the form that is run.
    init(_ graph: Graph) {
        path = nil
        self.graph = graph
    }

    /// A file that is known to be in order.
    init(path: String, graph: Graph? = nil) {
        self.path = path
        self.graph = graph
    }

    /// The network in the form that is run.
    func simplified() throws -> Graph {
        if let graph { return graph }
        let read = try Model(path: path ?? "").simplified()
        graph = read
        return read
    }

    /// Frees a graph that can be read again, and gives the memory that reading and compiling took back to the system.
    func release() {
        guard path != nil, graph != nil else { return }
        graph = nil
        octet_return_freed_memory()
    }
}
