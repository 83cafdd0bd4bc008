internal import ModelGraph
internal import TensorCore

/// A layer with constant weights by itself and without its bias: a linear function of its input.
struct LayerProbe {
    private let graph: Graph
    private let executor: any Executor
    private var prepared: (type: TensorType, run: any PreparedGraph)?

    /// - Parameter weights: in place of those of the graph.
    /// - Returns: `nil` when the node has no float32 weights as its second input.
    init?(_ node: NodeID, of source: Graph, weights: Tensor? = nil, executor: any Executor) throws {
        guard let own = source[node].input(1).flatMap({ source[$0].constant }), own.elementType == .float32 else {
            return nil
        }
        var graph = Graph(name: "probe")
        let x = graph.addValue(name: "x", type: .tensor(.float32, nil))
        graph.inputs = [x]
        let w = graph.addConstant(name: "w", weights ?? own)
        let y = graph.addValue(name: "y", type: .unknown)
        try graph.addNode(Node(name: source[node].name, op: source[node].op, inputs: [x, w], outputs: [y]))
        graph.outputs = [y]
        self.graph = graph
        self.executor = executor
    }

    /// What the layer makes of `x`.
    mutating func run(_ x: Tensor) throws -> Tensor {
        let run: any PreparedGraph
        if let current = prepared, current.type == x.type {
            run = current.run
        } else {
            run = try executor.prepare(graph, inputTypes: [x.type], keeping: [])
            prepared = (x.type, run)
        }
        guard let y = try run.run([.tensor(x)]).first?.tensor else {
            throw OctetError(.invalidData, "a layer without a result")
        }
        return y
    }
}
