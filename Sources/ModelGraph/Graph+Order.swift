internal import TensorCore

extension Graph {
    /// The nodes so that each comes after those it depends on; otherwise in the order they were added.
    /// - Throws: `invalidModel` when the graph has a cycle, or a node reads a value nothing provides.
    public func executionOrder() throws -> [NodeID] {
        var waiting: [Int: Int] = [:]
        var dependents: [NodeID: [NodeID]] = [:]
        let inputSet = Set(inputs)
        var ready: [NodeID] = []
        let all = nodeIDs
        for id in all {
            var sources = Set<NodeID>()
            for case let input? in self[id].inputs {
                if let source = producers[input] {
                    sources.insert(source)
                } else if self[input].constant == nil && !inputSet.contains(input) {
                    throw OctetError(
                        .invalidModel,
                        "input '\(self[input].name)' is neither produced by a node, nor a constant, "
                            + "nor an input of the graph", node: self[id].name, operatorName: self[id].op.name)
                }
            }
            waiting[id.index] = sources.count
            for source in sources { dependents[source, default: []].append(id) }
            if sources.isEmpty { ready.append(id) }
        }
        var order: [NodeID] = []
        order.reserveCapacity(all.count)
        var heap = ReadyQueue(ready)
        while let id = heap.popFirst() {
            order.append(id)
            for dependent in dependents[id] ?? [] {
                let left = (waiting[dependent.index] ?? 0) - 1
                waiting[dependent.index] = left
                if left == 0 { heap.insert(dependent) }
            }
        }
        guard order.count == all.count else {
            let done = Set(order)
            let stuck = all.first { !done.contains($0) }
            throw OctetError(
                .invalidModel, "the graph has a cycle", node: stuck.map { self[$0].name },
                operatorName: stuck.map { self[$0].op.name })
        }
        return order
    }
}

/// The smallest ready node first, so that the order is that of the file wherever the file's order is valid.
private struct ReadyQueue {
    private var heap: [NodeID] = []

    init(_ nodes: [NodeID]) {
        for node in nodes { insert(node) }
    }

    mutating func insert(_ node: NodeID) {
        heap.append(node)
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> NodeID? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0] < heap[$1] }), heap[least] < heap[parent] else { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return first
    }
}
