public import TensorCore

extension Graph {
    /// Makes room for as many nodes and values as will be added.
    public mutating func reserveCapacity(nodes: Int, values: Int) {
        nodeSlots.reserveCapacity(nodes)
        hasNode.reserveCapacity(nodes)
        valueSlots.reserveCapacity(values)
        hasValue.reserveCapacity(values)
        producers.reserveCapacity(values)
    }

    @discardableResult
    public mutating func addValue(_ value: Value) -> ValueID {
        valueSlots.append(value)
        hasValue.append(true)
        return ValueID(valueSlots.count - 1)
    }

    @discardableResult
    public mutating func addValue(name: String, type: ValueType) -> ValueID {
        addValue(Value(name: name, type: type))
    }

    @discardableResult
    public mutating func addConstant(name: String, _ tensor: Tensor) -> ValueID {
        addValue(Value(name: name, type: .tensor(tensor.type), constant: tensor))
    }

    /// Adds a node that produces values nobody else produces.
    /// - Throws: `invalidModel` when one of its outputs already has a producer, is an input or a constant.
    @discardableResult
    public mutating func addNode(_ node: Node) throws -> NodeID {
        let id = NodeID(nodeSlots.count)
        try claimOutputs(of: node, for: id)
        nodeSlots.append(node)
        hasNode.append(true)
        return id
    }

    private mutating func claimOutputs(of node: Node, for id: NodeID) throws {
        for case let output? in node.outputs {
            guard producers[output] == nil, !self[output].isConstant, !inputs.contains(output) else {
                throw OctetError(
                    .invalidModel, "tensor '\(self[output].name)' is produced twice", node: node.name,
                    operatorName: node.op.name)
            }
            producers[output] = id
        }
    }

    /// Removes a node; its outputs stay as values without a producer.
    public mutating func removeNode(_ id: NodeID) {
        for case let output? in self[id].outputs { producers[output] = nil }
        nodeSlots[id.index] = Self.removedNode
        hasNode[id.index] = false
    }

    private static let removedNode = Node(name: "", op: RemovedOperator(), inputs: [], outputs: [])

    /// Puts another operator or other inputs into a node. The outputs must stay the same values.
    public mutating func updateNode(_ id: NodeID, _ change: (inout Node) -> Void) {
        var node = self[id]
        let outputs = node.outputs
        change(&node)
        precondition(node.outputs == outputs, "updateNode may not change outputs; use a patch")
        nodeSlots[id.index] = node
    }

    /// Puts another node in the place of one, under the same ID; its outputs may differ.
    /// - Throws: `invalidModel` when one of its outputs already has another producer, is an input or a constant.
    public mutating func replaceNode(_ id: NodeID, with node: Node) throws {
        removeNode(id)
        try claimOutputs(of: node, for: id)
        nodeSlots[id.index] = node
        hasNode[id.index] = true
    }

    /// Removes values that nothing produces, consumes or returns.
    public mutating func removeUnusedValues() {
        var isUsed = Array(repeating: false, count: valueCapacity)
        for id in inputs + outputs { isUsed[id.index] = true }
        for id in nodeIDs {
            for case let value? in self[id].inputs { isUsed[value.index] = true }
            for case let value? in self[id].outputs { isUsed[value.index] = true }
        }
        let removed = Value(name: "", type: .unknown)
        for id in valueIDs where !isUsed[id.index] {
            valueSlots[id.index] = removed
            hasValue[id.index] = false
        }
    }
}

/// What stands in the slot of a node that was removed.
private struct RemovedOperator: Operator {
    static let name = ""

    func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] { [] }
}
