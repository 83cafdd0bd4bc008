public import Kernels
public import ModelGraph
internal import Operators
public import TensorCore

/// Runs graphs compiled. Of a graph that cannot be compiled as a whole the parts that can are, and the nodes between
/// them are interpreted; the graphs inside these nodes are run the same way.
public struct CompiledExecutor: Executor {
    public let compiler: Compiler
    public let pool: ThreadPool?
    /// Bytes that a run may need for weights and activations; refused before anything is allocated.
    public var memoryLimit: Int
    /// Bytes of packed weights that the plans in use hold together, each counted once.
    public var packedByteCount: Int { compiler.packed.byteCount }

    /// - Parameters:
    ///   - kernels: the instruction set's kernels; by default the fastest of this CPU.
    ///   - pool: threads that share a step; `nil` runs on the caller's.
    ///   - relativeBFloat16Rate: see ``Compiler/relativeBFloat16Rate``.
    public init(
        kernels: KernelTable, pool: ThreadPool?, memoryLimit: Int = .max, relativeBFloat16Rate: Double? = nil
    ) {
        compiler = Compiler(
            kernels: kernels, threads: pool?.threads ?? 1, relativeBFloat16Rate: relativeBFloat16Rate)
        self.pool = pool
        self.memoryLimit = memoryLimit
    }

    public func concurrently(_ count: Int, _ body: @Sendable (Int) -> Void) {
        guard let pool else { return (0..<count).forEach(body) }
        pool.concurrently(count, body)
    }

    public func prepare(
        _ graph: Graph, inputTypes: [TensorType], keeping: Set<ValueID> = []
    ) throws -> any PreparedGraph {
        try prepare(graph, inputTypes: inputTypes.map(ValueType.tensor), keeping: keeping)
    }

    /// Prepares a graph.
    /// - Throws: `unsupported` naming the operator that cannot be run, `resourceLimit` when activations would not fit.
    public func prepare(
        _ graph: Graph, inputTypes: [ValueType], keeping: Set<ValueID>
    ) throws -> any PreparedGraph {
        let (typed, order, known) = try inferred(graph, inputTypes)
        if let plan = try plan(typed, order, known, keeping) { return Session(plan: plan, pool: pool) }
        let reference = ReferenceExecutor(maximumBytes: memoryLimit, subgraphExecutor: self)
        let segments = try GraphSegments(typed, order: order, known: known, keeping: keeping)
        return try reference.prepare(
            segments.graph(runBy: self) ?? graph, inputTypes: inputTypes, keeping: keeping)
    }

    /// Compiles a graph, or returns `nil` when that cannot be done as a whole.
    /// - Throws: `unsupported` naming the operator that cannot be run, `resourceLimit` when activations would not fit.
    public func plan(_ graph: Graph, inputTypes: [TensorType], keeping: Set<ValueID> = []) throws -> Plan? {
        let (typed, order, known) = try inferred(graph, inputTypes.map(ValueType.tensor))
        return try plan(typed, order, known, keeping)
    }

    private func plan(
        _ typed: Graph, _ order: [NodeID], _ known: [ValueID: Tensor], _ keeping: Set<ValueID>
    ) throws -> Plan? {
        guard Compiler.canCompile(typed, order: order, known: known) else { return nil }
        try checkMemory(typed, order: order)
        var contents = try typed.dequantizedConstants()
        contents.tensors.merge(known) { own, _ in own }
        return try compiler.compile(typed, order: order, known: contents, keeping: keeping, pool: pool)
    }

    /// The graph with types that follow from the inputs, not from what the file claims of values in between; its order;
    /// and the contents that follow from shapes.
    func inferred(_ graph: Graph, _ inputTypes: [ValueType]) throws -> (Graph, [NodeID], [ValueID: Tensor]) {
        var typed = graph
        let known = try typed.inferTypes(inputTypes: inputTypes, trustsDeclaredShapes: false)
        return (typed, try typed.executionOrder(), known)
    }

    /// Adds up what all values would take if none shared memory: a bound that needs no placement.
    func checkMemory(_ graph: Graph, order: [NodeID]) throws {
        var total = 0
        for (id, values) in [(nil, graph.inputs)] + order.map({ ($0, graph[$0].outputs.compactMap { $0 }) }) {
            let node: Node? = id.map { graph[$0] }
            for value in values {
                guard let type = graph[value].type.tensorType, let shape = type.fixedShape else { continue }
                var count = 1
                for extent in shape {
                    let product = count.multipliedReportingOverflow(by: extent)
                    count = product.overflow ? .max : product.partialValue
                }
                let bytes = type.elementType.byteCount(of: count) ?? .max
                let sum = total.addingReportingOverflow(bytes)
                total = sum.overflow ? .max : sum.partialValue
                guard total <= memoryLimit else {
                    throw OctetError(
                        .resourceLimit, "the activations up to tensor '\(graph[value].name)' need too much memory",
                        node: node?.name, operatorName: node?.op.name, expected: "at most \(memoryLimit) bytes",
                        found: total == .max ? "an overflow" : "\(total)", remedy: "Raise --max-memory")
                }
            }
        }
    }
}
