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
    ) throws -> (values: [String: OnnxAttribute], captures: [String]) {
        guard !message.attributes.isEmpty else { return ([:], []) }
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
        var values: [String: OnnxAttribute] = [:]
        for (name, attribute) in attributes {
            let value: OnnxAttribute =
                switch attribute {
                case .graph(let graph): .graph(try bind(graph))
                case .graphs(let graphs): .graphs(try graphs.map(bind))
                default: attribute
                }
            guard values.updateValue(value, forKey: name) == nil else {
                throw OctetError(.invalidModel, "attribute '\(name)' is there twice")
            }
        }
        return (values, names.map { message.names?[$0] ?? $0 })
    }
}
