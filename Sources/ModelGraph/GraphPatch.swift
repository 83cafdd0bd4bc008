public import TensorCore

/// A change to a graph, made by a pass and applied as a whole.
///
/// A new node may produce a value whose old producer the patch removes: the value keeps its ID and its name, so
/// everything that refers to the user's tensor still finds it.
public struct GraphPatch: Sendable {
    /// What the patch does, for reports ("fold BatchNormalization into Conv").
    public var label: String
    var removedNodes: [NodeID] = []
    var addedNodes: [Node] = []
    var addedValues: [Value] = []
    var replacedUses: [(old: ValueID, new: ValueID)] = []
    var newConstants: [(ValueID, Tensor)] = []
    private let firstNewValue: Int

    public init(_ label: String, for graph: Graph) {
        self.label = label
        firstNewValue = graph.valueCapacity
    }

    public mutating func addValue(_ value: Value) -> ValueID {
        addedValues.append(value)
        return ValueID(firstNewValue + addedValues.count - 1)
    }

    public mutating func addConstant(name: String, _ tensor: Tensor) -> ValueID {
        addValue(Value(name: name, type: .tensor(tensor.type), constant: tensor))
    }

    public mutating func addNode(_ node: Node) { addedNodes.append(node) }

    public mutating func removeNode(_ id: NodeID) { removedNodes.append(id) }

    /// Lets every consumer of `old`, and the graph's outputs, take `new` instead.
    public mutating func replaceUses(of old: ValueID, with new: ValueID) { replacedUses.append((old, new)) }

    /// Turns a value into a constant. Its producer must be removed by the same patch.
    public mutating func makeConstant(_ id: ValueID, _ tensor: Tensor) { newConstants.append((id, tensor)) }
}

extension Graph {
    /// Applies a patch that was made for this very state of the graph.
    public mutating func apply(_ patch: GraphPatch) throws {
        for node in patch.removedNodes { removeNode(node) }
        for value in patch.addedValues { addValue(value) }
        for (id, tensor) in patch.newConstants {
            self[id].constant = tensor
            self[id].type = .tensor(tensor.type)
        }
        if !patch.replacedUses.isEmpty {
            let replacement = Dictionary(patch.replacedUses.map { ($0.old, $0.new) }) { $1 }
            outputs = outputs.map { replacement[$0] ?? $0 }
            for id in nodeIDs where self[id].inputs.contains(where: { $0.map { replacement[$0] != nil } ?? false }) {
                updateNode(id) { node in node.inputs = node.inputs.map { $0.map { replacement[$0] ?? $0 } } }
            }
        }
        for node in patch.addedNodes { try addNode(node) }
    }
}
