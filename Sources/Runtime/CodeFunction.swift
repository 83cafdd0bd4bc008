internal import ModelGraph
internal import Operators
internal import TensorCore

/// Quantized operators in a row that make a code of each code of one value, so that a single table does all of them:
/// x · sigmoid(x) with its borders, for instance.
struct CodeFunction {
    struct Step {
        enum Operation {
            /// Functions of floats between a Dequantize and a Quantize.
            case group(ElementwiseGroup)
            /// A quantized Addition or Multiplication.
            case binary(isAddition: Bool, Fusions.Clamp)
            case requantization
        }

        var operation: Operation
        /// Codes: an earlier step's output, the source, or one constant code.
        var inputs: [ValueID]
        var output: ValueID
        var name: String
    }

    var source: ValueID
    /// In an order in which they can be evaluated.
    var steps: [Step]

    /// The operators' names.
    var label: String { steps.map(\.name).joined(separator: "+") }
}

/// Finds functions of codes.
struct CodeFunctions {
    private let graph: Graph
    private let known: [ValueID: Tensor]
    /// The functions of more than one step, by the node that gives their result.
    private(set) var functions: NodeMap<CodeFunction>
    /// Nodes whose results nothing reads any more.
    private(set) var absorbed: Set<NodeID> = []

    init(
        _ graph: Graph, order: [NodeID], fusions: Fusions, consumers: Consumers, visible: Set<ValueID>,
        known: [ValueID: Tensor], except: Set<NodeID>
    ) {
        self.graph = graph
        self.known = known
        functions = NodeMap(capacity: graph.nodeCapacity)
        var made: [ValueID: CodeFunction] = [:]
        var makers: [NodeID: ValueID] = [:]
        for id in order where !fusions.isAbsorbed(id) && !except.contains(id) {
            guard let step = step(id, fusions), let function = extended(step, made) else { continue }
            made[step.output] = function
            makers[id] = step.output
        }
        var places: [NodeID: NodeID] = [:]
        for place in order {
            for id in fusions.groups[place]?.nodes ?? [] { places[id] = place }
        }
        /// Whether a node does not look through a value to what that follows from.
        func reads(_ reader: NodeID, _ value: ValueID) -> Bool {
            makers[places[reader] ?? reader].map { made[$0]?.source == value } ?? true
        }
        func isRead(_ value: ValueID) -> Bool {
            visible.contains(value)
                || consumers[value].contains { reader in
                    guard graph[reader].op is Dequantize, fusions.isAbsorbed(reader),
                        let reals = graph[reader].outputs[0]
                    else { return reads(reader, value) }
                    return consumers[reals].contains { reads($0, value) }
                }
        }
        for id in order {
            guard let output = makers[id] else { continue }
            if !isRead(output) {
                absorbed.insert(id)
            } else if let function = made[output], function.steps.count > 1 {
                functions[id] = function
            }
        }
    }

    /// A node as a step, if it makes codes of codes.
    private func step(_ id: NodeID, _ fusions: Fusions) -> CodeFunction.Step? {
        let node = graph[id]
        guard let output = fusions.output(of: id, node), known[output] == nil, isCodes(output) else { return nil }
        if let group = fusions.groups[id] {
            let (codes, numbers) = (
                group.sources.filter { group.codes[$0] != nil }, group.sources.filter { group.codes[$0] == nil }
            )
            guard group.isQuantized, codes.count == 1, let input = group.codes[codes[0]], group.perChannel.isEmpty,
                numbers.allSatisfy({ constant($0)?.count == 1 })
            else { return nil }
            return .init(operation: .group(group), inputs: [input], output: output, name: group.label)
        }
        let inputs = node.inputs.compactMap { $0 }
        guard fusions.sums[id] == nil, inputs.allSatisfy(isCodes) else { return nil }
        switch node.op {
        case is Requantize where inputs.count == 1:
            return .init(operation: .requantization, inputs: inputs, output: output, name: node.op.name)
        case is Addition where inputs.count == 2, is Multiplication where inputs.count == 2:
            let operation = CodeFunction.Step.Operation.binary(
                isAddition: node.op is Addition, fusions.clamp(of: id))
            return .init(operation: operation, inputs: inputs, output: output, name: node.op.name)
        default: return nil
        }
    }

    /// So that finding them takes no longer than the graph is long.
    private static let mostSteps = 64

    /// What a step makes of the one value that all its inputs follow from.
    private func extended(_ step: CodeFunction.Step, _ made: [ValueID: CodeFunction]) -> CodeFunction? {
        let inputs = step.inputs.filter { constant($0) == nil }
        guard step.inputs.allSatisfy({ constant($0).map { $0.count == 1 } ?? true }) else { return nil }
        func earlier(_ input: ValueID) -> CodeFunction? {
            made[input].flatMap { $0.steps.count < Self.mostSteps ? $0 : nil }
        }
        let sources = Set(inputs.map { earlier($0)?.source ?? $0 })
        guard sources.count == 1, let source = sources.first else { return nil }
        let shape = graph[step.output].type.tensorType?.fixedShape
        guard shape != nil, graph[source].type.tensorType?.fixedShape == shape else { return nil }
        var function = CodeFunction(source: source, steps: [])
        var outputs: Set<ValueID> = []
        for input in inputs {
            for step in earlier(input)?.steps ?? [] where outputs.insert(step.output).inserted {
                function.steps.append(step)
            }
        }
        function.steps.append(step)
        return function
    }

    private func constant(_ value: ValueID) -> Tensor? { graph[value].constant ?? known[value] }

    private func isCodes(_ value: ValueID) -> Bool {
        guard let type = constant(value)?.type ?? graph[value].type.tensorType else { return false }
        return (type.elementType == .uint8 || type.elementType == .int8) && type.quantization?.isPerTensor == true
    }
}
