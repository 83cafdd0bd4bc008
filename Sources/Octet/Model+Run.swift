public import ModelGraph
public import TensorCore

extension Model {
    /// Runs a graph of this model once and also returns values in between.
    /// - Parameters:
    ///   - graph: usually ``simplified()``.
    ///   - inputs: a tensor for each input by name.
    ///   - keeping: names of tensors to return beside the outputs.
    /// - Returns: the outputs in order, then the kept tensors in the order of execution.
    /// - Throws: `invalidArgument` when a kept tensor does not exist.
    public func run(
        _ graph: Graph, _ inputs: [String: Tensor], keeping names: [String], options: ExecutionOptions
    ) throws -> [(name: String, tensor: Tensor)] {
        let session = InferenceSession(graph: graph, executor: try options.executor())
        let ordered = try session.interface.ordered(inputs)
        let kept = try Set(names.map { try graph.requiredValue(named: $0) })
        let ready = try session.executor.prepare(graph, inputTypes: ordered.map(\.type), keeping: kept)
        var seen: [(name: String, tensor: Tensor)] = []
        let results = try ready.run(ordered.map(Datum.tensor)) { id, tensor in
            seen.append((graph[id].name, tensor.copied()))
        }
        let outputs = zip(graph.outputs, results).compactMap { id, datum in
            datum.tensor.map { (name: graph[id].name, tensor: $0) }
        }
        let outputNames = Set(outputs.map(\.name))
        return outputs + seen.filter { !outputNames.contains($0.name) }
    }
}

extension Graph {
    /// - Throws: `invalidArgument` when there is no value of this name.
    func requiredValue(named name: String) throws -> ValueID {
        guard let id = value(named: name) else {
            throw OctetError(
                .invalidArgument, "there is no tensor '\(name)' in the network as it is run",
                remedy: "Simplification removes tensors that nothing needs; octet compare lists those that are left")
        }
        return id
    }
}
