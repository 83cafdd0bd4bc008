public import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

/// Turns a graph into a plan for fixed input shapes.
public struct Compiler: Sendable {
    public var kernels: KernelTable
    /// Threads that steps are divided for.
    public var threads: Int

    public init(kernels: KernelTable, threads: Int) {
        self.kernels = kernels
        self.threads = threads
    }

    /// Why a graph cannot be compiled as a whole and is interpreted instead; `nil` when it can.
    static func obstacle(_ graph: Graph, order: [NodeID], known: [ValueID: Tensor]) -> String? {
        for id in graph.inputs {
            guard let type = graph[id].type.tensorType, type.elementType.byteStride == nil else { continue }
            return "input '\(graph[id].name)' is \(type.elementType)"
        }
        for id in order {
            let node = graph[id]
            if node.op.dependingOnData != nil { return "the output of \(node.op.name) depends on data" }
            for case let value? in node.outputs where known[value] == nil {
                guard let type = graph[value].type.tensorType, let shape = type.fixedShape else {
                    return "the shape of '\(graph[value].name)' is not known before running"
                }
                if shape.filter({ $0 != 1 }).count > Int(OCTET_RANK) {
                    return "'\(graph[value].name)' has too many axes"
                }
                if shape.contains(0) { return "'\(graph[value].name)' is empty" }
                if type.elementType.byteStride == nil { return "'\(graph[value].name)' is \(type.elementType)" }
            }
        }
        return nil
    }

    /// - Parameters:
    ///   - graph: types inferred for the input shapes to compile for.
    ///   - known: the contents of values that follow from shapes, as inference gave them.
    ///   - keeping: values that a run shows to its caller.
    ///   - pool: shares the packing of the weights.
    /// - Throws: `unsupported` when an operator can neither be lowered nor evaluated.
    func compile(
        _ graph: Graph, order: [NodeID], known: [ValueID: Tensor], keeping: Set<ValueID>, pool: ThreadPool?
    ) throws -> Plan {
        var unfused: Set<NodeID> = []
        while true {
            let fusions = Fusions(graph, order: order, kept: keeping, known: known, except: unfused)
            switch try compile(graph, order: order, known: known, keeping: keeping, fusions: fusions) {
            case .plan(let plan, let builder):
                builder.pack(on: pool)
                return plan
            case .cannotFuse(let id): unfused.insert(id)
            }
        }
    }

    private enum Outcome {
        /// The plan's weights are still to be packed.
        case plan(Plan, PlanBuilder)
        /// This node has no kernel for its types, so the clamp behind it must be a step of its own.
        case cannotFuse(NodeID)
    }

    private func compile(
        _ graph: Graph, order: [NodeID], known: [ValueID: Tensor], keeping: Set<ValueID>, fusions: Fusions
    ) throws -> Outcome {
        let requests = LayoutRequests(graph, order: order, fusions: fusions)
        var builder = PlanBuilder(graph: graph, kernels: kernels, threads: threads, known: known, requests: requests)
        let inputs = try graph.inputs.map { try bringIn($0, keeping, &builder) }
        for id in order where !fusions.absorbed.contains(id) {
            let node = graph[id]
            let outputs = node.outputs.compactMap { $0 }
            guard let first = outputs.first, !outputs.allSatisfy({ known[$0] != nil }) else { continue }
            builder.currentNode = node
            let context = Lowering.Context(
                id: id, node: node, output: fusions.output(of: id, node) ?? first, clamp: fusions.clamp(of: id),
                sum: fusions.sums[id])
            do {
                try ReferenceExecutor().check(node, in: graph, known: known)
                if try !(Lowering.of(node.op)?.lower(node.op, context, &builder) ?? false) {
                    guard context.output == first else { return .cannotFuse(id) }
                    try builder.evaluate(context)
                }
                let written = context.output == first ? outputs : [context.output]
                for output in written where keeping.contains(output) { try show(output, &builder) }
            } catch let error as OctetError {
                throw error.at(node: node.name, operatorName: node.op.name)
            }
        }
        let outputs = try graph.outputs.map { id in
            let view = try builder.exposed(id)
            builder.keepToEnd(view)
            return view
        }
        let plan = Plan(
            builder: builder, inputs: inputs, outputs: outputs, instructionSet: kernels.instructionSet)
        return .plan(plan, builder)
    }

    private func bringIn(_ id: ValueID, _ keeping: Set<ValueID>, _ builder: inout PlanBuilder) throws -> View {
        let (elementType, shape, quantization) = try builder.type(of: id)
        guard elementType.byteStride != nil else {
            throw OctetError(.unsupported, "input '\(builder.graph[id].name)' is of type \(elementType)")
        }
        var raw = builder.newBuffer(
            elementType: elementType, shape: shape, quantization: quantization, order: .rowMajor)
        builder.keepFromStart(raw)
        let isCarried = raw.isFlipped
        raw.isFlipped = false
        builder.setView(id, isCarried ? builder.flippedCopy(raw, order: .rowMajor) : raw)
        if keeping.contains(id) { try show(id, &builder) }
        return raw
    }

    private func show(_ id: ValueID, _ builder: inout PlanBuilder) throws {
        let view = try builder.exposed(id, copying: true)
        builder.emitVisit(of: id, view)
    }
}
