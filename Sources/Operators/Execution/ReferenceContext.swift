internal import ModelGraph
internal import TensorCore

/// Serves a data-dependent operator, within what its run has left of memory and rounds.
final class ReferenceContext: EvaluationContext {
    let outputCount: Int
    private let maximumBytes: Int
    private let budget: LoopBudget
    private var reservedBytes = 0

    init(outputCount: Int, maximumBytes: Int, budget: LoopBudget) {
        self.outputCount = outputCount
        self.maximumBytes = maximumBytes
        self.budget = budget
    }

    func prepare(_ graph: Graph, inputTypes: [ValueType]) throws -> any PreparedGraph {
        let executor = ReferenceExecutor(
            maximumBytes: maximumBytes - reservedBytes, maximumIterations: budget.maximum)
        return SubgraphPlan(plan: try executor.plan(graph, inputTypes: inputTypes, keeping: []), budget: budget)
    }

    func reserve(_ elementType: ElementType, shape: [Int]) throws {
        reservedBytes += try MemoryBudget.check(elementType, shape, live: reservedBytes, maximum: maximumBytes)
    }

    func countIteration() throws { try budget.count() }
}

/// The rounds that all loops of a run may still make.
final class LoopBudget {
    let maximum: Int
    private var done = 0

    init(maximum: Int) { self.maximum = maximum }

    func count() throws {
        done += 1
        guard done <= maximum else {
            throw OctetError(
                .resourceLimit, "the loops of the model do not end", expected: "at most \(maximum) rounds in one run",
                remedy: "Raise the limit on iterations if the model is meant to loop this often")
        }
    }
}

/// A subgraph that draws on the budget of the run around it.
private final class SubgraphPlan: PreparedGraph {
    private let plan: ReferencePlan
    private let budget: LoopBudget

    init(plan: ReferencePlan, budget: LoopBudget) {
        self.plan = plan
        self.budget = budget
    }

    func run(_ inputs: [Datum], visit: (ValueID, Tensor) throws -> Void) throws -> [Datum] {
        try plan.run(inputs, budget, visit: visit)
    }
}
