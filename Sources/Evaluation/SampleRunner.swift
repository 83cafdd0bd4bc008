public import Datasets
public import ModelGraph
public import TensorCore

/// Runs a graph on samples one after the other; it is prepared again only when the shapes change.
public final class SampleRunner {
    /// What is run.
    public let graph: Graph
    private let executor: any Executor
    private let kept: Set<ValueID>
    private var prepared: (types: [TensorType], graph: any PreparedGraph)?

    /// - Parameter keeping: the values to be shown on each run.
    public init(_ graph: Graph, executor: any Executor, keeping: Set<ValueID> = []) {
        self.graph = graph
        self.executor = executor
        kept = keeping
    }

    /// Runs one sample.
    /// - Parameter visit: receives each kept value as a view that is valid during the call only.
    /// - Returns: the graph's outputs.
    /// - Throws: `invalidData` when the sample lacks an input; whatever preparing and running throw.
    public func run(_ sample: Sample, visit: (ValueID, Tensor) throws -> Void = { _, _ in }) throws -> [Datum] {
        let tensors = try inputs(of: sample)
        let types = tensors.map(\.type)
        let prepared: any PreparedGraph
        if let known = self.prepared, known.types == types {
            prepared = known.graph
        } else {
            prepared = try executor.prepare(graph, inputTypes: types, keeping: kept)
            self.prepared = (types, prepared)
        }
        return try prepared.run(tensors.map(Datum.tensor), visit: visit)
    }

    /// By name; a model with one input takes the only tensor there is, whatever its name.
    private func inputs(of sample: Sample) throws -> [Tensor] {
        if graph.inputs.count == 1, sample.tensors.count == 1, let tensor = sample.tensors.first?.value {
            return [tensor]
        }
        return try graph.inputs.map { input in
            guard let tensor = sample.tensors[graph[input].name] else {
                throw OctetError(
                    .invalidData, "the sample '\(sample.name)' has nothing for input '\(graph[input].name)'",
                    found: sample.tensors.keys.sorted().joined(separator: ", "))
            }
            return tensor
        }
    }
}
