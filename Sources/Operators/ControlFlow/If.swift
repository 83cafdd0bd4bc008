public import ModelGraph
internal import TensorCore

/// ONNX `If`: one of two subgraphs, chosen by the Boolean in input 0.
///
/// The subgraphs have no inputs but the outer values they capture, which are the node's inputs from 1 on.
public struct If: SubgraphOperator {
    public static let name = "If"

    public var thenBranch: Graph
    public var elseBranch: Graph

    public init(thenBranch: Graph, elseBranch: Graph) {
        self.thenBranch = thenBranch
        self.elseBranch = elseBranch
    }

    /// The branches that may be taken: one when the condition is constant.
    private func branches(_ inputs: InferenceInputs) -> [Graph] {
        guard let condition = inputs.integers(0)?.first else { return [thenBranch, elseBranch] }
        return [condition != 0 ? thenBranch : elseBranch]
    }

    /// A branch whose types contradict is one that is never taken with these inputs.
    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let types = Subgraph.types(inputs, from: 1)
        var common: [ValueType]?
        var failure: (any Error)?
        for branch in branches(inputs) {
            do {
                let found = try Subgraph.inferOutputs(of: branch, types)
                common = common.map { zip($0, found).map { $0.common(with: $1) } } ?? found
            } catch {
                failure = error
            }
        }
        if let failure, common == nil { throw failure }
        return common ?? []
    }

    public func subgraphs(_ inputs: InferenceInputs) throws -> [(graph: Graph, inputTypes: [ValueType])] {
        let types = Subgraph.types(inputs, from: 1)
        return branches(inputs).map { ($0, types) }
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        guard let condition = try inputs.tensor(0).integers?.first else {
            throw OctetError(.invalidData, "the condition is no Boolean")
        }
        return try context.run(
            condition != 0 ? thenBranch : elseBranch, number: condition != 0 ? 0 : 1,
            inputs: Subgraph.data(inputs, from: 1))
    }
}
