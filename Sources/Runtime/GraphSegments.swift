internal import ModelGraph
internal import Operators
internal import TensorCore

/// A graph that cannot be compiled as a whole, divided into parts that can and nodes that are interpreted.
///
/// A part holds every node that can run once the same interpreted nodes have run, so there are as few parts as the
/// longest chain of interpreted nodes allows. Each becomes one node, a ``CompiledSegment``; what is left is a graph
/// like any other.
struct GraphSegments {
    /// Nodes that are interpreted, and why.
    private(set) var interpreted: [NodeID: String] = [:]
    /// The parts, in an order in which they can run.
    private(set) var parts: [Graph] = []
    /// The inputs of each part whose contents follow from shapes alone.
    private var bound: [Set<ValueID>] = []
    private var members: [[NodeID]] = []
    private let graph: Graph

    /// - Parameters:
    ///   - graph: types inferred.
    ///   - known: the contents of values that follow from shapes, as inference gave them.
    ///   - keeping: values that a run shows to its caller.
    init(_ graph: Graph, order: [NodeID], known: [ValueID: Tensor], keeping: Set<ValueID>) throws {
        var graph = graph
        let order = try order.filter { id in
            let outputs = graph[id].outputs.compactMap { $0 }
            guard outputs.allSatisfy({ known[$0] != nil }) else { return true }
            graph.removeNode(id)
            for output in outputs { graph[output].constant = known[output] }
            return false
        }
        self.graph = graph
        divide(order, keeping: keeping)
    }

    private mutating func divide(_ order: [NodeID], keeping: Set<ValueID>) {
        var fromShapes = Set(graph.valueIDs.filter { graph[$0].isConstant })
        var levels: [ValueID: Int] = [:]
        var byLevel: [Int: [NodeID]] = [:]
        for id in order {
            let node = graph[id]
            let inputs = node.inputs.compactMap { $0 }
            let level = inputs.reduce(0) { max($0, levels[$1] ?? 0) }
            let obstacle = Compiler.obstacle(node, in: graph, fromShapes: fromShapes)
            if let obstacle { interpreted[id] = obstacle } else { byLevel[level, default: []].append(id) }
            let followsFromShapes =
                node.op.onTensors.map { op in
                    op.readsOnlyTypes || inputs.allSatisfy(fromShapes.contains)
                } ?? false
            for case let output? in node.outputs {
                levels[output] = obstacle == nil ? level : level + 1
                if followsFromShapes { fromShapes.insert(output) }
            }
        }
        let consumers = graph.consumers()
        for (_, nodes) in byLevel.sorted(by: { $0.key < $1.key }) {
            guard nodes.contains(where: { Lowering.of(graph[$0].op) != nil }) else {
                for id in nodes { interpreted[id] = "no kernel for this operator" }
                continue
            }
            let part = part(of: Set(nodes), visible: keeping.union(graph.outputs), consumers: consumers)
            members.append(nodes)
            bound.append(fromShapes.intersection(part.inputs))
            parts.append(part)
        }
    }

    private func part(of nodes: Set<NodeID>, visible: Set<ValueID>, consumers: Consumers) -> Graph {
        var part = graph
        for id in part.nodeIDs where !nodes.contains(id) { part.removeNode(id) }
        var inputs: Set<ValueID> = []
        part.outputs = []
        for id in part.nodeIDs {
            for case let input? in part[id].inputs where part.producer(of: input) == nil && !part[input].isConstant {
                inputs.insert(input)
            }
            for case let output? in part[id].outputs
            where visible.contains(output) || consumers[output].contains(where: { !nodes.contains($0) }) {
                part.outputs.append(output)
            }
        }
        part.inputs = inputs.sorted()
        part.removeUnusedValues()
        return part
    }

    /// The graph with each part as one node; `nil` when that would be no smaller problem than the graph itself.
    func graph(runBy executor: CompiledExecutor) throws -> Graph? {
        guard !interpreted.isEmpty, !parts.isEmpty else { return nil }
        var outer = graph
        for nodes in members {
            for id in nodes { outer.removeNode(id) }
        }
        for (index, part) in parts.enumerated() {
            let op = CompiledSegment(graph: part, bound: bound[index], executor: executor)
            try outer.addNode(
                Node(name: "part \(index)", op: op, inputs: part.inputs, outputs: part.outputs))
        }
        return outer
    }
}
