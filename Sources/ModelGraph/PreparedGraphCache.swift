/// The last few forms of a graph, each prepared for other inputs, so that inputs that change back and forth do not
/// prepare it again and again, and memory does not grow with their number.
public struct PreparedGraphCache<Key: Equatable> {
    private var entries: [(key: Key, graph: any PreparedGraph)] = []
    private let limit: Int

    /// - Parameter limit: forms that are kept; the one that was not used for the longest time is dropped.
    public init(limit: Int = 4) { self.limit = limit }

    /// What was prepared for these inputs; made by `make` when it is not there.
    public mutating func graph(
        for key: Key, make: () throws -> any PreparedGraph
    ) rethrows -> any PreparedGraph {
        if let index = entries.firstIndex(where: { $0.key == key }) {
            if index < entries.count - 1 { entries.append(entries.remove(at: index)) }
            return entries[entries.count - 1].graph
        }
        // What is dropped makes room before something new is made.
        if entries.count >= limit { entries.removeFirst() }
        let graph = try make()
        entries.append((key, graph))
        return graph
    }
}
