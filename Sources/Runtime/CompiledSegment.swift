internal import ModelGraph
internal import TensorCore

/// A part of a graph that runs compiled within a run that is interpreted. It is compiled for the shapes it meets, when
/// it meets them, and the last few plans are kept.
struct CompiledSegment: CompositeOperator {
    static let name = "CompiledSegment"

    private let graph: Graph
    /// Inputs whose contents decide shapes, and follow from shapes themselves: constants of the plan.
    private let bound: [Bool]
    private let executor: CompiledExecutor
    private let plans = Plans()

    init(graph: Graph, bound: Set<ValueID>, executor: CompiledExecutor) {
        self.graph = graph
        self.bound = graph.inputs.map(bound.contains)
        self.executor = executor
    }

    func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] { graph.outputs.map { graph[$0].type } }

    func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        let data = try inputs.enumerated().map { index, datum in
            guard let datum else {
                throw OctetError(.invalidModel, "input '\(graph[graph.inputs[index]].name)' is never produced")
            }
            return datum
        }
        let key = Plans.Key(
            types: data.map(\.type), contents: zip(data, bound).map { $1 ? $0.tensor?.withBytes(Array.init) : nil })
        let prepared = try plans.cache.graph(for: key) { try prepare(for: data) }
        return try prepared.run(zip(data, bound).filter { !$0.1 }.map(\.0))
    }

    private func prepare(for data: [Datum]) throws -> any PreparedGraph {
        var graph = graph
        var types: [ValueType] = []
        for (index, id) in self.graph.inputs.enumerated() {
            if bound[index], let tensor = data[index].tensor {
                // A copy, for the tensor may lie in memory that another run writes again.
                graph[id].constant = tensor.copied()
            } else {
                types.append(data[index].type)
            }
        }
        graph.inputs = zip(self.graph.inputs, bound).filter { !$0.1 }.map(\.0)
        return try executor.prepare(graph, inputTypes: types, keeping: [])
    }

    /// What was compiled; belongs to the one caller of the run.
    private final class Plans: @unchecked Sendable {
        struct Key: Equatable {
            var types: [ValueType]
            var contents: [[UInt8]?]
        }

        var cache = PreparedGraphCache<Key>()
    }
}
