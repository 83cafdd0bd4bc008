public import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

/// Turns a graph into a plan for fixed input shapes.
public struct Compiler: Sendable {
    public var kernels: KernelTable
    /// Threads that steps are divided for.
    public var threads: Int
    /// Products of bf16 values in the time of one of float32 values. Layers on floats with constant weights that this,
    /// and weights of half the size, make faster compute in bf16. `nil` is for float32 everywhere, infinity for bf16 in
    /// every layer that can.
    public let relativeBFloat16Rate: Double?
    /// What the plans have in common.
    let packed = PackedConstants()

    public init(kernels: KernelTable, threads: Int, relativeBFloat16Rate: Double? = nil) {
        self.kernels = kernels
        self.threads = threads
        self.relativeBFloat16Rate = relativeBFloat16Rate
    }

    /// Whether a graph can be compiled as a whole.
    static func canCompile(_ graph: Graph, order: [NodeID], known: [ValueID: Tensor]) -> Bool {
        graph.inputs.allSatisfy { graph[$0].elementType?.byteStride != nil }
            && order.allSatisfy { id in
                let node = graph[id]
                let outputs = node.outputs.compactMap { $0 }.filter { known[$0] == nil }
                return outputs.isEmpty
                    || obstacle(node, in: graph) == nil
                        && outputs.allSatisfy { graph[$0].type.tensorType?.fixedShape != nil }
            }
    }

    /// Why a node has to be interpreted; `nil` when it can be part of a plan.
    /// - Parameter fromShapes: the values whose contents will be known when a plan is made; `nil` for all.
    static func obstacle(_ node: Node, in graph: Graph, fromShapes: Set<ValueID>? = nil) -> String? {
        guard let op = node.op.onTensors else {
            return node.op.owningSubgraphs != nil
                ? "it runs graphs of its own" : "the shape of what it gives depends on data"
        }
        if let fromShapes {
            for case let input? in op.shapeInputs.map({ node.input($0) }) where !fromShapes.contains(input) {
                return "the shape of what it gives depends on the data in '\(graph[input].name)'"
            }
        }
        for case let value? in node.inputs + node.outputs where !graph[value].isConstant {
            let name = graph[value].name
            guard let type = graph[value].type.tensorType else {
                return graph[value].isUnknown ? "the type of '\(name)' is not known" : "'\(name)' is no tensor"
            }
            if type.elementType.byteStride == nil { return "'\(name)' is \(type.elementType)" }
        }
        for case let output? in node.outputs {
            guard let shape = graph[output].type.tensorType?.fixedShape else { continue }
            if shape.filter({ $0 != 1 }).count > Int(OCTET_RANK) { return "'\(graph[output].name)' has too many axes" }
            if shape.contains(0) { return "'\(graph[output].name)' is empty" }
        }
        return nil
    }

    /// - Parameters:
    ///   - graph: types inferred for the input shapes to compile for.
    ///   - known: the contents of values that are there before the run.
    ///   - keeping: values that a run shows to its caller.
    ///   - pool: shares the packing of the weights.
    /// - Throws: `unsupported` when an operator can neither be lowered nor evaluated.
    func compile(
        _ graph: Graph, order: [NodeID], known: KnownContents, keeping: Set<ValueID>, pool: ThreadPool?
    ) throws -> Plan {
        let packing = WorkQueue()
        let (plan, builder) = try packing.run(on: pool) {
            try unpacked(graph, order: order, known: known, keeping: keeping, packing: packing)
        }
        builder.publish()
        return plan
    }

    /// The nodes that a plan would run by plain evaluation, and why.
    func interpreted(_ graph: Graph, order: [NodeID], known: [ValueID: Tensor]) throws -> [NodeID: String] {
        try unpacked(
            graph, order: order, known: KnownContents(tensors: known), keeping: [], packing: WorkQueue()
        ).builder.interpreted
    }

    /// A plan whose weights `packing` has still to pack.
    private func unpacked(
        _ graph: Graph, order: [NodeID], known: KnownContents, keeping: Set<ValueID>, packing: WorkQueue
    ) throws -> (plan: Plan, builder: PlanBuilder) {
        var unfused: Set<NodeID> = []
        while true {
            // There is no bf16 kernel that computes what follows.
            let fusions = Fusions(
                graph, order: order, kept: keeping, known: known.tensors, except: unfused,
                attachesTails: relativeBFloat16Rate == nil)
            switch try compile(
                graph, order: order, known: known, keeping: keeping, fusions: fusions, packing: packing)
            {
            case .plan(let plan, let builder): return (plan, builder)
            case .cannotFuse(let id): unfused.insert(id)
            }
        }
    }

    private enum Outcome {
        case plan(Plan, PlanBuilder)
        /// This node has no kernel for its types, so the clamp behind it must be a step of its own.
        case cannotFuse(NodeID)
    }

    private func compile(
        _ graph: Graph, order: [NodeID], known: KnownContents, keeping: Set<ValueID>, fusions: Fusions,
        packing: WorkQueue
    ) throws -> Outcome {
        let requests = LayoutRequests(graph, order: order, fusions: fusions)
        var builder = PlanBuilder(
            graph: graph, kernels: kernels, threads: threads, relativeBFloat16Rate: relativeBFloat16Rate,
            known: known, requests: requests, shared: packed, packing: packing)
        let known = known.tensors
        let inputs = try graph.inputs.map { try bringIn($0, keeping, &builder) }
        for id in order where !fusions.isAbsorbed(id) {
            let node = graph[id]
            let outputs = node.outputs.compactMap { $0 }
            guard let first = outputs.first, !outputs.allSatisfy({ known[$0] != nil }) else { continue }
            builder.currentNode = node
            let context = Lowering.Context(
                id: id, node: node, output: fusions.output(of: id, node) ?? first, clamp: fusions.clamp(of: id),
                sum: fusions.sums[id], tail: fusions.tails[id])
            do {
                try ReferenceExecutor().check(node, in: graph, known: known)
                let isFromNothing = try builder.isMadeFromNothing(node)
                builder.currentOperators = context.tail.map { "\(node.op.name)+\($0.group.label)" }
                if let function = fusions.codeFunctions[id] {
                    builder.currentOperators = function.label
                    guard try builder.lowerCodeFunction(function, context) else { return .cannotFuse(id) }
                } else if let group = fusions.groups[id] {
                    builder.currentOperators = group.label
                    guard try builder.lowerGroup(group, context) else { return .cannotFuse(id) }
                } else if try isFromNothing || !(Lowering.of(node.op)?.lower(node.op, context, &builder) ?? false) {
                    guard context.output == first else { return .cannotFuse(id) }
                    let reason =
                        isFromNothing
                        ? "what it reads is empty"
                        : Lowering.missing(for: node.op) ?? "the kernel does not take these types or attributes"
                    try builder.evaluate(context, because: reason)
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
