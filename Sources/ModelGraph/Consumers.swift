/// The nodes that read each value of a graph, as it was when they were looked for.
public struct Consumers: Sendable {
    /// Value `i` is read by `nodes[starts[i]..<starts[i + 1]]`.
    @usableFromInline let starts: [Int]
    @usableFromInline let nodes: [NodeID]

    init(of graph: Graph) {
        let readers = graph.nodeIDs
        var starts = Array(repeating: 0, count: graph.valueCapacity + 1)
        for id in readers {
            for case let input? in graph[id].inputs { starts[input.index + 1] += 1 }
        }
        for index in starts.indices.dropFirst() { starts[index] += starts[index - 1] }
        var next = starts
        var nodes = Array(repeating: NodeID(0), count: starts[starts.count - 1])
        for id in readers {
            for case let input? in graph[id].inputs {
                nodes[next[input.index]] = id
                next[input.index] += 1
            }
        }
        self.starts = starts
        self.nodes = nodes
    }

    /// A value's readers in node order; a node that reads it twice is listed twice.
    @inlinable public subscript(_ value: ValueID) -> ArraySlice<NodeID> {
        value.index < starts.count - 1 ? nodes[starts[value.index]..<starts[value.index + 1]] : []
    }
}
