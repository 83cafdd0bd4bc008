internal import ModelGraph
internal import Operators
internal import TensorCore

/// Stores tables of embeddings, constant matrices whose rows are picked, in int8 with a scale a row or a table. Only
/// picked rows are made real: codes → Gather → Cast → Mul with the rows' scales.
struct EmbeddingTables {
    private var graph: Graph
    private var names = ValueNames()
    private let granularity: QuantizationScheme.Granularity
    private var tables: [ValueID: (codes: ValueID, scales: ValueID)] = [:]

    /// - Parameter float: the graph as it was, in which nodes are looked for.
    /// - Returns: the graph, and the nodes that pick rows of integers now.
    /// - Throws: `invalidModel` naming the initializer when a table is not finite.
    static func store(
        in graph: Graph, of float: Graph, scheme: QuantizationScheme, excluding patterns: [NamePattern]
    ) throws -> (graph: Graph, nodes: [NodeID]) {
        var storing = EmbeddingTables(graph: graph, granularity: scheme.granularity)
        var nodes: [NodeID] = []
        for id in float.nodeIDs {
            let node = float[id]
            guard let gather = node.op as? Gather, gather.axis == 0, let input = node.input(0),
                let table = float[input].constant, table.elementType == .float32, table.rank == 2, table.count > 0,
                !patterns.contains(where: { $0.matches(node) }), graph[id].op is Gather, graph[id].input(0) == input
            else { continue }
            try storing.replace(id, table, input)
            nodes.append(id)
        }
        storing.graph.removeUnusedValues()
        if !nodes.isEmpty { try storing.graph.inferTypes() }
        return (storing.graph, nodes)
    }

    private init(graph: Graph, granularity: QuantizationScheme.Granularity) {
        self.graph = graph
        self.granularity = granularity
    }

    private mutating func replace(_ id: NodeID, _ table: Tensor, _ input: ValueID) throws {
        let node = graph[id]
        guard let rows = node.input(1), let output = node.outputs.first ?? nil else { return }
        let (codes, scales) = try stored(table, input)
        let base = graph[output].name
        graph.removeNode(id)
        let picked = try add("\(base)_codes", Gather(), [codes, rows])
        let reals = try add("\(base)_cast", Cast(to: .float32), [picked])
        let scale = granularity == .tensor ? scales : try add("\(base)_scale", Gather(), [scales, rows])
        try graph.addNode(Node(name: node.name, op: Multiplication(), inputs: [reals, scale], outputs: [output]))
    }

    private mutating func stored(_ table: Tensor, _ input: ValueID) throws -> (codes: ValueID, scales: ValueID) {
        if let existing = tables[input] { return existing }
        let name = graph[input].name
        let format = try IntegerFormat(.int8, isSymmetric: true)
        let axis = granularity == .tensor ? nil : 0
        let magnitudes: [Float]
        do {
            magnitudes = try ChannelExtremes(of: table, axis: axis).magnitudes
        } catch let error as OctetError {
            throw error.named("initializer '\(name)'")
        }
        let parameters = QuantizationParameters(
            scales: magnitudes.map { format.parameters(for: -$0...$0).scale },
            zeroPoints: Array(repeating: 0, count: magnitudes.count), axis: axis)
        var codes = Tensor(.int8, shape: table.shape, quantization: parameters)
        try Quantize().evaluate([table], into: [codes])
        codes.quantization = nil
        let shape = granularity == .tensor ? [] : [table.shape[0], 1]
        let made = (
            codes: graph.addConstant(name: names.unused("\(name)_quantized", in: graph), codes),
            scales: graph.addConstant(
                name: names.unused("\(name)_scale", in: graph), Tensor(parameters.scales, shape: shape))
        )
        tables[input] = made
        return made
    }

    private mutating func add(_ name: String, _ op: any Operator, _ inputs: [ValueID?]) throws -> ValueID {
        let output = graph.addValue(name: names.unused(name, in: graph), type: .unknown)
        try graph.addNode(Node(name: graph[output].name, op: op, inputs: inputs, outputs: [output]))
        return output
    }
}
