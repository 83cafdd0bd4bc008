internal import ModelGraph
internal import TensorCore

/// Clamps (Relu, Clip) that the node before them applies while it writes its output.
struct Fusions {
    /// The bounds of a clamp, in real numbers.
    struct Clamp {
        var minimum = -Float.infinity
        var maximum = Float.infinity
    }

    /// For a node with a fused clamp: the value it writes instead of its own output.
    private(set) var outputs: [NodeID: ValueID] = [:]
    private(set) var clamps: [NodeID: Clamp] = [:]
    /// Clamp nodes that are not run on their own.
    private(set) var absorbed: Set<NodeID> = []
    private var writers: [ValueID: NodeID] = [:]

    /// - Parameters:
    ///   - kept: values that must exist, so nothing is fused over them.
    ///   - except: nodes that turned out to have no kernel that clamps.
    init(_ graph: Graph, order: [NodeID], kept: Set<ValueID>, known: [ValueID: Tensor], except: Set<NodeID>) {
        let consumers = graph.consumers()
        let results = Set(graph.outputs)
        for id in order where !absorbed.contains(id) && !except.contains(id) {
            let node = graph[id]
            guard Lowering.fusesClamp(node.op), let first = node.outputs.first ?? nil else { continue }
            var output = first
            var clamp = Clamp()
            while let next = consumers[output], next.count == 1, !kept.contains(output), !results.contains(output),
                let bounds = Self.clamp(graph[next[0]], graph, known), let result = graph[next[0]].outputs[0],
                graph[output].type.tensorType?.quantization == graph[result].type.tensorType?.quantization,
                graph[output].quantization != nil || Lowering.fusesFloatClamp(node.op)
            {
                clamp.minimum = min(max(clamp.minimum, bounds.minimum), bounds.maximum)
                clamp.maximum = max(min(clamp.maximum, bounds.maximum), bounds.minimum)
                absorbed.insert(next[0])
                output = result
            }
            guard output != first else { continue }
            outputs[id] = output
            clamps[id] = clamp
            writers[output] = id
        }
    }

    /// The value a node writes.
    func output(of id: NodeID, _ node: Node) -> ValueID? {
        outputs[id] ?? node.outputs.first ?? nil
    }

    func clamp(of id: NodeID) -> Clamp { clamps[id] ?? Clamp() }

    /// The node that writes a value, looking through fused clamps.
    func writer(of value: ValueID, in graph: Graph) -> Node? {
        (writers[value] ?? graph.producer(of: value)).map { graph[$0] }
    }

    private static func clamp(_ node: Node, _ graph: Graph, _ known: [ValueID: Tensor]) -> Clamp? {
        switch node.op.name {
        case "Relu": return Clamp(minimum: 0)
        case "Clip":
            var clamp = Clamp()
            for (index, bound) in [(1, \Clamp.minimum), (2, \Clamp.maximum)] {
                guard let id = node.input(index) else { continue }
                guard let value = (graph[id].constant ?? known[id])?.floats?.first else { return nil }
                clamp[keyPath: bound] = value
            }
            return clamp
        default: return nil
        }
    }
}
