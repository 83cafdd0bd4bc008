internal import TensorCore

extension Graph {
    /// The nodes so that each comes after those it depends on; otherwise in the order they were added.
    /// - Throws: `invalidModel` when the graph has a cycle, or a node reads a value nothing provides.
    public func executionOrder() throws -> [NodeID] {
        let all = nodeIDs
        if try isOrdered(all) { return all }
        let consumers = consumers()
        // How many inputs of each node are still to be computed.
        var waiting = Array(repeating: 0, count: nodeSlots.count)
        for id in all {
            for case let input? in self[id].inputs where producers[input] != nil { waiting[id.index] += 1 }
        }
        var order: [NodeID] = []
        order.reserveCapacity(all.count)
        var heap = ReadyQueue(all.filter { waiting[$0.index] == 0 })
        while let id = heap.popFirst() {
            order.append(id)
            for case let output? in self[id].outputs {
                for dependent in consumers[output] {
                    waiting[dependent.index] -= 1
                    if waiting[dependent.index] == 0 { heap.insert(dependent) }
                }
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

    /// Whether every node comes after those it depends on already.
    private func isOrdered(_ nodes: [NodeID]) throws -> Bool {
        let inputSet = Set(inputs)
        var isOrdered = true
        for id in nodes {
            for case let input? in self[id].inputs {
                if let source = producers[input] {
                    if source >= id { isOrdered = false }
                } else if !self[input].isConstant && !inputSet.contains(input) {
                    throw OctetError(
                        .invalidModel,
                        "input '\(self[input].name)' is neither produced by a node, nor a constant, "
                            + "nor an input of the graph", node: self[id].name, operatorName: self[id].op.name)
                }
            }
        }
        return isOrdered
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
            let left = 2 * parent + 1
            guard left < heap.count else { break }
            let least = left + 1 < heap.count && heap[left + 1] < heap[left] ? left + 1 : left
            guard heap[least] < heap[parent] else { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return first
    }
}
