public import TensorCore

/// Runs graphs: by plain evaluation, or compiled.
public protocol Executor: Sendable {
    /// Checks and prepares a graph for these input types, keeping the values in `keeping` visible.
    /// - Throws: `unsupported` when an operator cannot be run, `invalidModel` when types contradict.
    func prepare(_ graph: Graph, inputTypes: [ValueType], keeping: Set<ValueID>) throws -> any PreparedGraph
}

extension Executor {
    /// The same for a graph whose inputs are all tensors.
    public func prepare(
        _ graph: Graph, inputTypes: [TensorType], keeping: Set<ValueID>
    ) throws -> any PreparedGraph {
        try prepare(graph, inputTypes: inputTypes.map(ValueType.tensor), keeping: keeping)
    }
}

/// A graph that is ready to run for fixed input shapes. One caller at a time.
public protocol PreparedGraph: AnyObject {
    /// Runs once.
    /// - Parameters:
    ///   - inputs: one datum for each graph input, of the types the graph was prepared for.
    ///   - visit: receives each kept value while it is alive, as a row-major view that is valid during the call
    ///     only. Nothing is collected.
    /// - Returns: the graph's outputs, in memory of their own.
    func run(_ inputs: [Datum], visit: (ValueID, Tensor) throws -> Void) throws -> [Datum]
}

extension PreparedGraph {
    public func run(_ inputs: [Datum]) throws -> [Datum] {
        try run(inputs) { _, _ in }
    }
}
