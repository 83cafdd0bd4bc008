internal import ModelGraph
internal import TensorCore

/// A graph that ``ReferenceExecutor`` has checked. Output types are inferred again from the values at hand, so that
/// nothing a file merely claims about a shape is trusted.
final class ReferencePlan: PreparedGraph {
    private let graph: Graph
    private let order: [NodeID]
    private let known: [ValueID: Tensor]
    private let keeping: Set<ValueID>
    private let executor: ReferenceExecutor
    private let uses: [Int]
    private var subgraphs: [NodeID: PreparedSubgraphs] = [:]

    init(
        graph: Graph, order: [NodeID], known: [ValueID: Tensor], keeping: Set<ValueID>, executor: ReferenceExecutor
    ) {
        self.graph = graph
        self.order = order
        self.known = known
        self.keeping = keeping
        self.executor = executor
        var uses = Array(repeating: 0, count: graph.valueCapacity)
        for id in order {
            for case let input? in graph[id].inputs { uses[input.index] += 1 }
        }
        for output in graph.outputs { uses[output.index] += 1 }
        self.uses = uses
    }

    func run(_ inputs: [Datum], visit: (ValueID, Tensor) throws -> Void) throws -> [Datum] {
        let budget = RunBudget(maximumBytes: executor.maximumBytes, maximumIterations: executor.maximumIterations)
        return try run(inputs, budget, visit: visit)
    }

    /// - Parameter budget: what the outermost graph's run has left.
    func run(
        _ inputs: [Datum], _ budget: RunBudget, visit: (ValueID, Tensor) throws -> Void
    ) throws -> [Datum] {
        let bytesBefore = budget.liveBytes
        // Whoever called takes over the outputs; all other values are gone.
        defer { budget.release(budget.liveBytes - bytesBefore) }
        var state = State(values: Array(repeating: nil, count: graph.valueCapacity), uses: uses, budget: budget)
        try bind(inputs, in: &state, visit)
        for id in graph.valueIDs {
            guard let tensor = graph[id].constant ?? known[id] else { continue }
            state.values[id.index] = .tensor(tensor)
            if keeping.contains(id) { try visit(id, tensor) }
        }
        for id in order {
            let node = graph[id]
            if node.outputs.allSatisfy({ output in output.map { known[$0] != nil } ?? true }) { continue }
            do {
                try run(id, in: &state, visit)
            } catch let error as OctetError {
                throw error.at(node: node.name, operatorName: node.op.name)
            }
        }
        return try graph.outputs.map { id in
            guard let datum = state.values[id.index] else {
                throw OctetError(.invalidModel, "output '\(graph[id].name)' is never produced")
            }
            return datum
        }
    }

    private struct State {
        var values: [Datum?]
        var uses: [Int]
        let budget: RunBudget
    }

    private func bind(_ inputs: [Datum], in state: inout State, _ visit: (ValueID, Tensor) throws -> Void) throws {
        guard inputs.count == graph.inputs.count else {
            throw OctetError(
                .invalidData, "the number of inputs is not the graph's", expected: "\(graph.inputs.count)",
                found: "\(inputs.count)")
        }
        for (id, datum) in zip(graph.inputs, inputs) {
            if let expected = graph[id].type.tensorType {
                guard let found = datum.tensor, found.elementType == expected.elementType,
                    fits(found.shape, expected.shape)
                else {
                    throw OctetError(
                        .invalidData, "input '\(graph[id].name)' has another type than the graph was prepared for",
                        expected: "\(expected)", found: "\(datum.type)")
                }
                if keeping.contains(id) { try visit(id, found) }
            } else if !datum.type.canBe(graph[id].type) {
                throw OctetError(
                    .invalidData, "input '\(graph[id].name)' has another type than the graph was prepared for",
                    expected: "\(graph[id].type)", found: "\(datum.type)")
            }
            state.values[id.index] = datum
        }
    }

    private func fits(_ shape: [Int], _ expected: [Dimension]?) -> Bool {
        guard let expected else { return true }
        return shape.count == expected.count && zip(shape, expected).allSatisfy { $1.value == nil || $1.value == $0 }
    }

    private func run(_ id: NodeID, in state: inout State, _ visit: (ValueID, Tensor) throws -> Void) throws {
        let node = graph[id]
        let inputs = try node.inputs.map { id -> Datum? in
            guard let id else { return nil }
            guard let datum = state.values[id.index] else {
                throw OctetError(.invalidModel, "input '\(graph[id].name)' is never produced")
            }
            return datum
        }
        let results =
            try node.op.dependingOnData
            .map { try evaluate($0, id, inputs, state.budget) } ?? evaluateTensors(node, inputs, state.budget)
        for (output, result) in zip(node.outputs, results) {
            guard let output, let result else { continue }
            if keeping.contains(output), let tensor = result.tensor { try visit(output, tensor) }
            if state.uses[output.index] > 0 {
                state.values[output.index] = result
            } else {
                state.budget.release(Self.bytes(result))
            }
        }
        for case let input? in node.inputs { release(input, in: &state) }
    }

    private func release(_ id: ValueID, in state: inout State) {
        state.uses[id.index] -= 1
        guard state.uses[id.index] == 0, let datum = state.values[id.index] else { return }
        if graph.producer(of: id) != nil && known[id] == nil { state.budget.release(Self.bytes(datum)) }
        state.values[id.index] = nil
    }

    private func evaluateTensors(_ node: Node, _ inputs: [Datum?], _ budget: RunBudget) throws -> [Datum?] {
        guard let op = node.op.onTensors else {
            throw OctetError(.unsupported, "this operator cannot be evaluated")
        }
        if op is Identity, let datum = inputs.first ?? nil, datum.tensor == nil { return [datum] }
        let tensors = try inputs.enumerated().map { index, datum -> Tensor? in
            guard let datum else { return nil }
            guard let tensor = datum.tensor else {
                throw OctetError(.invalidModel, "input \(index) is no tensor", found: "\(datum.type)")
            }
            return tensor
        }
        let facts = InferenceInputs(
            types: tensors.map { $0.map { .tensor($0.type) } }, constants: tensors, outputCount: node.outputs.count)
        try op.checkSupport(facts)
        let inferred = try op.inferOutputs(facts)
        var outputs: [Tensor?] = []
        for (index, id) in node.outputs.enumerated() {
            guard let id else {
                outputs.append(nil)
                continue
            }
            guard index < inferred.count, var type = inferred[index].tensorType, let shape = type.fixedShape else {
                throw OctetError(.invalidModel, "the shape of output \(index) cannot be inferred")
            }
            if let declared = graph[id].type.tensorType, declared.quantization != nil {
                type.elementType = declared.elementType
                type.quantization = declared.quantization
            }
            try budget.reserve(type.elementType, shape)
            outputs.append(Tensor(type.elementType, shape: shape, quantization: type.quantization))
        }
        try op.evaluate(tensors, into: outputs)
        return outputs.map { $0.map(Datum.tensor) }
    }

    private func evaluate(
        _ op: any DataDependentOperator, _ id: NodeID, _ inputs: [Datum?], _ budget: RunBudget
    ) throws -> [Datum?] {
        let node = graph[id]
        let prepared = subgraphs[id] ?? PreparedSubgraphs(executor: executor.subgraphExecutor ?? executor)
        subgraphs[id] = prepared
        let context = ReferenceContext(outputCount: node.outputs.count, budget: budget, subgraphs: prepared)
        let outputs = try op.evaluate(inputs, context: context)
        budget.release(context.reservedBytes)
        guard outputs.count >= node.outputs.count else {
            throw OctetError(
                .invalidModel, "the operator has fewer outputs than the node asks for",
                expected: "at most \(outputs.count)", found: "\(node.outputs.count)")
        }
        for case let output? in outputs { budget.add(Self.bytes(output)) }
        return outputs
    }

    private static func bytes(_ datum: Datum) -> Int {
        switch datum {
        case .tensor(let tensor): tensor.elementType == .string ? tensor.count * 16 : tensor.byteCount
        case .sequence(let elements): elements.reduce(0) { $0 + bytes($1) }
        case .optional(let wrapped): wrapped.map(bytes) ?? 0
        }
    }
}
