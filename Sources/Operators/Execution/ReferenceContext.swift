internal import ModelGraph
internal import TensorCore

/// Serves a data-dependent operator, within what its run has left of memory and rounds.
final class ReferenceContext: EvaluationContext {
    let outputCount: Int
    private let budget: RunBudget
    private let subgraphs: PreparedSubgraphs
    /// What the operator has reserved. Its outputs are counted by themselves when it is done.
    private(set) var reservedBytes = 0

    init(outputCount: Int, budget: RunBudget, subgraphs: PreparedSubgraphs) {
        self.outputCount = outputCount
        self.budget = budget
        self.subgraphs = subgraphs
    }

    func prepare(_ graph: Graph, number: Int, inputTypes: [ValueType]) throws -> any PreparedGraph {
        BudgetedGraph(try subgraphs.prepare(graph, number: number, inputTypes: inputTypes), budget: budget)
    }

    func reserve(_ elementType: ElementType, shape: [Int]) throws {
        reservedBytes += try budget.reserve(elementType, shape)
    }

    func countIteration() throws { try budget.countIteration() }
}

/// The graphs inside one node, prepared for the types of inputs they met last.
final class PreparedSubgraphs {
    private let executor: any Executor
    private var caches: [Int: PreparedGraphCache<[ValueType]>] = [:]

    init(executor: any Executor) { self.executor = executor }

    func prepare(_ graph: Graph, number: Int, inputTypes: [ValueType]) throws -> any PreparedGraph {
        try caches[number, default: PreparedGraphCache()].graph(for: inputTypes) {
            try executor.prepare(graph, inputTypes: inputTypes, keeping: [])
        }
    }
}

/// A graph inside an operator, that draws on the budget of the run around it.
private final class BudgetedGraph: PreparedGraph {
    private let graph: any PreparedGraph
    private let budget: RunBudget

    init(_ graph: any PreparedGraph, budget: RunBudget) {
        self.graph = graph
        self.budget = budget
    }

    func run(_ inputs: [Datum], visit: (ValueID, Tensor) throws -> Void) throws -> [Datum] {
        guard let plan = graph as? ReferencePlan else { return try graph.run(inputs, visit: visit) }
        return try plan.run(inputs, budget, visit: visit)
    }
}
