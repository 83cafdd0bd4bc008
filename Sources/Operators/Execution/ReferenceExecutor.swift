public import ModelGraph
public import TensorCore

/// Runs a graph by the plain evaluation of its operators, one after the other.
///
/// Values are freed after their last use. Slow, and the definition of what the fast executors must give.
public struct ReferenceExecutor: Executor {
    /// Bytes that the values alive at one time may take; constants and inputs do not count.
    public var maximumBytes: Int
    /// Rounds that all Loops and Scans of one run may make together, those inside each other multiplied.
    public var maximumIterations: Int
    /// Prepares the graphs inside operators; `nil` for plain evaluation of these, too.
    public var subgraphExecutor: (any Executor)?

    public init(
        maximumBytes: Int = 8 << 30, maximumIterations: Int = 1_000_000, subgraphExecutor: (any Executor)? = nil
    ) {
        self.maximumBytes = maximumBytes
        self.maximumIterations = maximumIterations
        self.subgraphExecutor = subgraphExecutor
    }

    /// - Parameter inputTypes: may have symbolic or unknown dimensions; the inputs of a run then decide.
    /// - Throws: `unsupported` naming the operator when one cannot be evaluated on these types, `invalidModel` when
    ///   types contradict, `invalidArgument` when the number or element types of the inputs are not the graph's,
    ///   `resourceLimit` when a value would be larger than ``maximumBytes``.
    public func prepare(
        _ graph: Graph, inputTypes: [ValueType], keeping: Set<ValueID>
    ) throws -> any PreparedGraph {
        try plan(graph, inputTypes: inputTypes, keeping: keeping)
    }

    func plan(_ graph: Graph, inputTypes: [ValueType], keeping: Set<ValueID>) throws -> ReferencePlan {
        guard inputTypes.count == graph.inputs.count else {
            throw OctetError(
                .invalidArgument, "the number of inputs is not the graph's", expected: "\(graph.inputs.count)",
                found: "\(inputTypes.count)")
        }
        for (id, type) in zip(graph.inputs, inputTypes) {
            guard !type.canBe(graph[id].type) else { continue }
            throw OctetError(
                .invalidArgument, "input '\(graph[id].name)' has another type than the graph says",
                expected: "\(graph[id].type)", found: "\(type)")
        }
        var typed = graph
        let known = try typed.inferTypes(inputTypes: inputTypes)
        let order = try typed.executionOrder()
        for id in order {
            let node = typed[id]
            do {
                try check(node, in: typed, known: known)
            } catch let error as OctetError {
                throw error.at(node: node.name, operatorName: node.op.name)
            }
        }
        return ReferencePlan(
            graph: typed, order: order, known: known, keeping: keeping, executor: self)
    }

    /// Checks that a node can be evaluated on the types its graph has been given.
    /// - Throws: `unsupported` naming the operator, type or attribute; `resourceLimit` for an output above the limit.
    public func check(_ node: Node, in graph: Graph, known: [ValueID: Tensor]) throws {
        if let opaque = node.op.opaque {
            throw OctetError(
                .unsupported, "this operator is not known: \(opaque.reason)", operatorName: opaque.type,
                found: opaque.domain.isEmpty ? nil : "domain \(opaque.domain)")
        }
        guard node.op.onTensors != nil || node.op.dependingOnData != nil else {
            throw OctetError(.unsupported, "this operator cannot be evaluated")
        }
        let inputs = InferenceInputs(
            types: node.inputs.map { $0.map { graph[$0].type } },
            constants: node.inputs.map { $0.flatMap { graph[$0].constant ?? known[$0] } },
            outputCount: node.outputs.count)
        let outputs = node.outputs.map { $0.map { graph[$0].type } }
        try node.op.checkSupport(inputs)
        if let owner = node.op.owningSubgraphs { try checkSubgraphs(of: owner, inputs) }
        try IntegerSupport.check(node.op, inputs: inputs, outputs: outputs)
        for case .tensor(let type)? in outputs {
            guard let shape = type.fixedShape else { continue }
            try MemoryBudget.check(type.elementType, shape, live: 0, maximum: maximumBytes)
        }
    }

    /// A subgraph whose types contradict may be one that is never run; what cannot be run at all is refused at once.
    private func checkSubgraphs(of op: any SubgraphOperator, _ inputs: InferenceInputs) throws {
        for (graph, types) in try op.subgraphs(inputs) {
            do {
                _ = try plan(graph, inputTypes: types, keeping: [])
            } catch let error as OctetError where error.kind == .invalidModel {
                continue
            }
        }
    }
}

/// Keeps the values of a run within a limit.
enum MemoryBudget {
    /// - Returns: the bytes a value takes.
    /// - Throws: `resourceLimit` when `live` bytes and this value are more than `maximum`.
    @discardableResult
    static func check(_ type: ElementType, _ shape: [Int], live: Int, maximum: Int) throws -> Int {
        let bytes = Tensor.elementCount(of: shape).flatMap { count -> Int? in
            type == .string ? count.multipliedReportingOverflow(by: 16).partialValue : type.byteCount(of: count)
        }
        guard let bytes, bytes >= 0, bytes <= maximum - live else {
            throw OctetError(
                .resourceLimit, "a value of shape \(shape) needs more memory than the limit allows",
                expected: "at most \(maximum) bytes in use", found: bytes.map { "\(live) and \($0) more" },
                remedy: "Raise the limit on memory if the model is meant to be this large")
        }
        return bytes
    }
}

/// Which nodes on quantized values can be evaluated.
enum IntegerSupport {
    /// - Throws: `unsupported` when a node reads or writes quantized values and has no integer form for that.
    static func check(_ op: any Operator, inputs: InferenceInputs, outputs: [ValueType?]) throws {
        let types = inputs.types + outputs
        guard types.contains(where: { $0?.tensorType?.quantization != nil }), !op.isQuantizationBorder,
            op.qOperator == nil, op.composite == nil
        else { return }
        let real = InferenceInputs(
            types: inputs.types.map { type in
                guard var tensor = type?.tensorType, tensor.quantization != nil else { return type }
                tensor.elementType = .float32
                tensor.quantization = nil
                return .tensor(tensor)
            }, constants: inputs.constants, outputCount: inputs.outputCount)
        guard let quantizable = op.quantizable, let rule = quantizable.quantizationRule(real) else {
            throw OctetError(.unsupported, "this operator has no integer form for these inputs")
        }
        for (index, role) in rule.inputs.enumerated() where inputs.isPresent(index) {
            try check(inputs.types[index], as: role, name: "input", index)
        }
        for (index, output) in outputs.enumerated() where output != nil {
            if givesReals(op), output?.tensorType?.elementType == .float32 { continue }
            try check(output, as: .activation, name: "output", index)
        }
    }

    /// Operators whose sums of products may also be wanted in reals.
    private static func givesReals(_ op: any Operator) -> Bool {
        op is Convolution || op is Gemm || op is MatrixMultiplication
    }

    private static func check(_ type: ValueType?, as role: QuantizationRule.InputRole, name: String, _ index: Int)
        throws
    {
        guard let tensor = type?.tensorType else { return }
        let accepted: [ElementType]
        switch role {
        case .untouched: return
        case .bias: accepted = [.int32]
        case .activation, .weight: accepted = [.int8, .uint8]
        }
        guard accepted.contains(tensor.elementType), role == .bias || tensor.quantization != nil else {
            throw OctetError(
                .unsupported, "\(name) \(index) has a type integer evaluation does not handle",
                expected: accepted.map { "quantized \($0.rawValue)" }.sorted().joined(separator: " or "),
                found: "\(tensor.elementType.rawValue)")
        }
        if role == .activation, tensor.quantization?.isPerTensor == false {
            throw OctetError(
                .unsupported, "\(name) \(index) must have one scale for the whole tensor",
                found: tensor.quantization?.description)
        }
    }
}
