public import TensorCore

/// Runs graphs: by plain evaluation, or compiled.
public protocol Executor: Sendable {
    /// Checks and prepares a graph for these input types, keeping the values in `keeping` visible.
    /// - Throws: `unsupported` when an operator cannot be run, `invalidModel` when types contradict.
    func prepare(_ graph: Graph, inputTypes: [ValueType], keeping: Set<ValueID>) throws -> any PreparedGraph

    /// Calls `body` with 0 ..< `count`, each once, on the threads that the executor has, and returns when all calls have
    /// ended. By default one call after the other.
    func concurrently(_ count: Int, _ body: @Sendable (Int) -> Void)
}

extension Executor {
    public func concurrently(_ count: Int, _ body: @Sendable (Int) -> Void) {
        for index in 0..<count { body(index) }
    }

    /// What `body` gives for 0 ..< `count`, found on the threads that the executor has.
    /// - Throws: what the call with the smallest number throws.
    public func map<Result: Sendable>(_ count: Int, _ body: @Sendable (Int) throws -> Result) throws -> [Result] {
        var results = [Swift.Result<Result, any Error>?](repeating: nil, count: count)
        results.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let buffer = buffer
            concurrently(count) { index in buffer[index] = Swift.Result { try body(index) } }
        }
        return try results.compactMap { try $0?.get() }
    }
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
