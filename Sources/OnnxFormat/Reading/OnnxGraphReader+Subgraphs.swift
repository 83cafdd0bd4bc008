internal import ModelGraph
internal import TensorCore
internal import WireFormats

extension OnnxGraphReader {
    /// What the node's subgraphs see: the names of a function's body, if it comes from one.
    private func scope(of message: OnnxNodeMessage) -> OnnxScope {
        guard let names = message.names else { return scope }
        return OnnxScope(outer: scope, names: names)
    }

    /// The node's attributes, with every subgraph taking the captures of all of them as its last inputs.
    func attributes(
        of message: OnnxNodeMessage
    ) throws -> (values: OnnxAttributes, captures: [String]) {
        guard !message.attributes.isEmpty else { return ([:], []) }
        guard message.attributes.count <= OnnxAttributes.limit else {
            throw OctetError(
                .unsupported, "the node has too many attributes", expected: "at most \(OnnxAttributes.limit)",
                found: "\(message.attributes.count)")
        }
        var captures: [[(name: String, id: ValueID)]] = []
        let (scope, frame) = (scope(of: message), message.frame)
        let attributeReader = OnnxAttributeReader(tensors: context.tensors, frame: frame) { [context] subgraph in
            let reader = OnnxGraphReader(context: context, outer: scope, frame: frame)
            try reader.read(subgraph)
            captures.append(reader.captures)
            guard captures.count <= 16 else {
                throw OctetError(.unsupported, "the node owns too many subgraphs", expected: "at most 16")
            }
            return reader.graph
        }
        let attributes = try message.attributes.compactMap(attributeReader.read)
        var values: OnnxAttributes = [:]
        values.reserveCapacity(attributes.count)
        func add(_ name: String, _ value: OnnxAttribute) throws {
            guard values.add(name, value) else {
                throw OctetError(.invalidModel, "attribute '\(name)' is there twice")
            }
        }
        guard !captures.isEmpty else {
            for (name, value) in attributes { try add(name, value) }
            return (values, [])
        }
        let names = Set(captures.joined().map(\.name)).sorted()
        try context.countCaptures(names.count * captures.count)
        var unbound = captures[...]
        func bind(_ graph: Graph) throws -> Graph {
            let ids = Dictionary(uniqueKeysWithValues: unbound.removeFirst().map { ($0.name, $0.id) })
            var graph = graph
            for name in names {
                graph.inputs.append(ids[name] ?? graph.addValue(name: name, type: scope.find(name)?.type ?? .unknown))
            }
            _ = try graph.executionOrder()
            return graph
        }
        for (name, attribute) in attributes {
            switch attribute {
            case .graph(let graph): try add(name, .graph(bind(graph)))
            case .graphs(let graphs): try add(name, .graphs(graphs.map(bind)))
            default: try add(name, attribute)
            }
        }
        return (values, names.map { message.names?[$0] ?? $0 })
    }
}
