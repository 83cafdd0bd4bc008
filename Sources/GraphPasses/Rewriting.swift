internal import ModelGraph
internal import TensorCore

/// A patch in the making, whose rewrites keep out of each other's way.
struct Rewriting {
    private var patch: GraphPatch
    private var touched = Set<NodeID>()
    private var added: [Node] = []
    private var replacements: [ValueID: ValueID] = [:]
    private var names = ValueNames()
    private let graph: Graph

    init(_ label: String, _ view: GraphView) {
        graph = view.graph
        patch = GraphPatch(label, for: graph)
    }

    /// The patch if it changes anything.
    var result: GraphPatch? {
        guard !touched.isEmpty else { return nil }
        var patch = patch
        for (old, new) in replacements.sorted(by: { $0.key < $1.key }) {
            patch.replaceUses(of: old, with: resolved(new))
        }
        for var node in added {
            node.inputs = node.inputs.map { $0.map(resolved) }
            patch.addNode(node)
        }
        return patch
    }

    /// True when none of these nodes is part of an earlier rewrite; they then belong to this one.
    mutating func claim(_ nodes: [NodeID]) -> Bool {
        guard touched.isDisjoint(with: nodes) else { return false }
        touched.formUnion(nodes)
        return true
    }

    mutating func remove(_ node: NodeID) { patch.removeNode(node) }
    mutating func add(_ node: Node) { added.append(node) }

    /// Puts another operator, inputs or outputs in place of a node.
    mutating func replace(_ id: NodeID, _ change: (inout Node) -> Void) {
        var node = graph[id]
        change(&node)
        remove(id)
        add(node)
    }

    /// Gives a value contents: of a constant, new ones; of any other, instead of its producer, which must be removed.
    mutating func makeConstant(_ value: ValueID, _ tensor: Tensor) { patch.makeConstant(value, tensor) }

    mutating func replaceUses(of old: ValueID, with new: ValueID) { replacements[old] = new }

    /// A constant whose name says which value it was made from.
    mutating func addConstant(like value: ValueID, _ suffix: String, _ tensor: Tensor) -> ValueID {
        patch.addConstant(name: names.unused("\(graph[value].name)_\(suffix)", in: graph), tensor)
    }

    private func resolved(_ value: ValueID) -> ValueID {
        var value = value
        while let next = replacements[value] { value = next }
        return value
    }
}
