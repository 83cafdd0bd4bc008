internal import ModelGraph
internal import TensorCore

/// Runs a graph over samples, one after the other, and shows values as they come by.
struct CalibrationRun {
    let graph: Graph
    /// The values to show: inputs, too.
    let kept: Set<ValueID>
    let executor: any Executor
    private var prepared: (types: [TensorType], run: any PreparedGraph)?

    init(_ graph: Graph, keeping kept: Set<ValueID>, executor: any Executor) {
        self.graph = graph
        self.kept = kept
        self.executor = executor
    }

    /// Runs one sample.
    /// - Returns: the graph's outputs; `nil` for a sample that cannot be read and is left out.
    /// - Throws: `invalidData` when the sample does not fit the graph's inputs; what the executor throws.
    mutating func run(
        _ index: Int, of samples: CalibrationSamples, visit: (ValueID, Tensor) throws -> Void = { _, _ in }
    ) throws -> [Datum]? {
        guard let sample = try samples[index] else { return nil }
        let types = try inputTypes(of: sample, index: index)
        let run: any PreparedGraph
        if let current = prepared, current.types == types {
            run = current.run
        } else {
            run = try executor.prepare(graph, inputTypes: types, keeping: kept.subtracting(graph.inputs))
            prepared = (types, run)
        }
        for case (let id, .tensor(let tensor)) in zip(graph.inputs, sample) where kept.contains(id) {
            try visit(id, tensor)
        }
        return try run.run(sample) { id, tensor in
            if kept.contains(id) { try visit(id, tensor) }
        }
    }

    private func inputTypes(of sample: [Datum], index: Int) throws -> [TensorType] {
        guard sample.count == graph.inputs.count else {
            throw OctetError(
                .invalidData, "sample \(index) does not fit the model's inputs",
                expected: "\(graph.inputs.count) tensors", found: "\(sample.count)")
        }
        return try sample.map { datum in
            guard let tensor = datum.tensor else {
                throw OctetError(.invalidData, "sample \(index) holds something else than a tensor")
            }
            return tensor.type
        }
    }
}
