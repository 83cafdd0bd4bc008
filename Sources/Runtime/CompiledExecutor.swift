public import Kernels
public import ModelGraph
internal import Operators
public import TensorCore

/// Runs graphs compiled; a graph that cannot be compiled as a whole is interpreted.
public struct CompiledExecutor: Executor {
    public let compiler: Compiler
    public let pool: ThreadPool?
    /// Bytes that a run may need for weights and activations; refused before anything is allocated.
    public var memoryLimit: Int

    /// - Parameters:
    ///   - kernels: the instruction set's kernels; by default the fastest of this CPU.
    ///   - threads: threads that share a step; by default `OCTET_THREADS` or the number of cores.
    public init(kernels: KernelTable, pool: ThreadPool?, memoryLimit: Int = .max) {
        compiler = Compiler(kernels: kernels, threads: pool?.threads ?? 1)
        self.pool = pool
        self.memoryLimit = memoryLimit
    }

    public func prepare(
        _ graph: Graph, inputTypes: [TensorType], keeping: Set<ValueID> = []
    ) throws -> any PreparedGraph {
        try prepare(graph, inputTypes: inputTypes.map(ValueType.tensor), keeping: keeping)
    }

    /// Prepares a graph; one with inputs that are no tensors is interpreted.
    public func prepare(
        _ graph: Graph, inputTypes: [ValueType], keeping: Set<ValueID>
    ) throws -> any PreparedGraph {
        let tensors = inputTypes.compactMap(\.tensorType)
        if tensors.count == inputTypes.count, let plan = try plan(graph, inputTypes: tensors, keeping: keeping) {
            return Session(plan: plan, pool: pool)
        }
        return try ReferenceExecutor().prepare(graph, inputTypes: inputTypes, keeping: keeping)
    }

    /// Compiles a graph, or returns `nil` when it has to be interpreted as a whole.
    /// - Throws: `unsupported` naming the operator that cannot be run, `resourceLimit` when activations would not fit.
    public func plan(_ graph: Graph, inputTypes: [TensorType], keeping: Set<ValueID> = []) throws -> Plan? {
        var graph = graph
        graph.forgetClaimedShapes()
        var known = try graph.inferTypes(inputTypes: inputTypes)
        let order = try graph.executionOrder()
        guard Compiler.obstacle(graph, order: order, known: known) == nil else { return nil }
        try checkMemory(graph, order: order)
        known.merge(try graph.dequantizedConstants()) { own, _ in own }
        return try compiler.compile(graph, order: order, known: known, keeping: keeping, pool: pool)
    }

    /// Adds up what all values would take if none shared memory: a bound that needs no placement.
    private func checkMemory(_ graph: Graph, order: [NodeID]) throws {
        var total = 0
        for id in order {
            for case let output? in graph[id].outputs {
                guard let type = graph[output].type.tensorType, let shape = type.fixedShape else { continue }
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
                        .resourceLimit, "the activations up to tensor '\(graph[output].name)' need too much memory",
                        node: graph[id].name, operatorName: graph[id].op.name, expected: "at most \(memoryLimit) bytes",
                        found: total == .max ? "an overflow" : "\(total)", remedy: "Raise --max-memory")
                }
            }
        }
    }
}

extension Graph {
    /// Drops the shapes that a file claims for values in between, so that only what inference finds is trusted.
    fileprivate mutating func forgetClaimedShapes() {
        for node in nodeIDs {
            for case let output? in self[node].outputs {
                guard var type = self[output].type.tensorType else { continue }
                type.shape = nil
                self[output].type = .tensor(type)
            }
        }
    }
}

/// What the runtime can do with an operator.
public enum OperatorSupport {
    /// Whether there are kernels for the operator, at least for common types.
    public static func hasKernel(_ op: any Operator) -> Bool { Lowering.of(op) != nil }
}
