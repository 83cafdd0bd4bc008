public import ModelGraph
internal import Operators
internal import TensorCore

/// Turns a float graph and its finished plan into the quantized graph.
///
/// Every value that an integer node produces keeps its ID and its name and becomes integer; border nodes convert for
/// float consumers and for consumers that need other parameters. Graph inputs and outputs stay float: an output keeps
/// its ID and is what a `Dequantize` makes of a new integer value.
public struct Baker {
    private var graph: Graph
    private let plan: QuantizationPlan
    private let results: Set<ValueID>
    /// The names in use, for new values.
    private var names: Set<String>
    /// The integer forms of a value, by their types.
    private var forms: [FormKey: ValueID] = [:]
    private var dequantized: [ValueID: ValueID] = [:]
    /// Constants that something reads as floats.
    private let floatConstants: Set<ValueID>
    /// The float contents of constants that became integer in place.
    private var originals: [ValueID: Tensor] = [:]
    /// Float values that nobody rounds before the clamp behind them.
    private var unrounded: Set<ValueID> = []
    private let consumers: Consumers
    /// The integer value that the producer of a float value gives, once its node has been made integer.
    private var produced: [ValueID: (id: ValueID, form: Form)] = [:]

    struct Form: Hashable {
        var elementType: ElementType
        var parameters: QuantizationParameters
    }

    private struct FormKey: Hashable {
        var value: ValueID
        var form: Form
        /// Codes chosen one by one belong to one slot alone.
        var owner: TensorSlot?
    }

    private init(_ graph: Graph, _ plan: QuantizationPlan) {
        self.graph = graph
        self.plan = plan
        results = Set(graph.outputs)
        consumers = graph.consumers()
        names = Set(graph.valueIDs.map { graph[$0].name })
        var floatUses = results
        for id in graph.nodeIDs {
            for (index, input) in graph[id].inputs.enumerated() {
                guard let input, plan[.input(id, index)].map({ $0.state == .float }) ?? true else { continue }
                floatUses.insert(input)
            }
        }
        floatConstants = floatUses
    }

    /// - Parameters:
    ///   - graph: the float graph the plan was made for, with inferred types.
    /// - Throws: `invalidArgument` when the plan lacks the parameters of a slot, naming the node.
    public static func bake(_ graph: Graph, plan: QuantizationPlan) throws -> Graph {
        var baker = Baker(graph, plan)
        for id in try graph.executionOrder() {
            if plan.rules[id] == nil {
                try baker.makeInputsFloat(of: id)
            } else if baker.computesInIntegers(id) {
                try baker.makeInteger(id)
            } else {
                try baker.makeRounded(id)
            }
        }
        try baker.makeResultsFloat()
        baker.graph.removeUnusedValues()
        return baker.graph
    }

    private mutating func makeInteger(_ id: NodeID) throws {
        let node = graph[id]
        var inputs = node.inputs
        for index in inputs.indices {
            guard let value = inputs[index] else { continue }
            let slot = TensorSlot.input(id, index)
            if let entry = plan[slot], entry.state != .float {
                inputs[index] = try integerForm(of: value, at: slot, entry)
            } else {
                inputs[index] = try floatForm(of: value)
            }
        }
        var outputs = node.outputs
        for index in outputs.indices {
            guard let value = outputs[index] else { continue }
            let slot = TensorSlot.output(id, index)
            guard let entry = plan[slot], entry.state != .float else { continue }
            let form = try form(at: slot, entry)
            let integer = results.contains(value) ? addValue("\(graph[value].name)_quantized", like: value) : value
            setType(of: integer, to: form)
            outputs[index] = integer
            produced[value] = (integer, form)
        }
        if outputs == node.outputs {
            graph.updateNode(id) { $0.inputs = inputs }
        } else {
            try graph.replaceNode(
                id,
                with: Node(
                    name: node.name, op: node.op, inputs: inputs, outputs: outputs, annotations: node.annotations))
        }
    }

    /// Whether everything the node reads or makes has 8 bits; operators on other integers compute in float.
    private func computesInIntegers(_ id: NodeID) -> Bool {
        let roles = plan.rules[id]?.inputs ?? []
        // An input that the rule does not know of is none that can be read in integers.
        let inputs = graph[id].inputs.indices.filter { index in
            let role = roles.indices.contains(index) ? roles[index] : nil
            return graph[id].inputs[index] != nil && role != .untouched && role != .bias
        }
        let slots = inputs.map { TensorSlot.input(id, $0) }
        let entries = slots.map { plan[$0] }
        return entries.allSatisfy { entry in
            guard let entry, entry.state != .float else { return false }
            return entry.format.elementType.bitWidth == 8 && entry.blockSize == nil
        }
    }

    /// Gives a node what it reads rounded to integers and made real again, and rounds what it makes.
    private mutating func makeRounded(_ id: NodeID) throws {
        let node = graph[id]
        var inputs = node.inputs
        for index in inputs.indices {
            guard let value = inputs[index] else { continue }
            let slot = TensorSlot.input(id, index)
            guard let entry = plan[slot], entry.state != .float else {
                inputs[index] = try floatForm(of: value, plan[slot]?.replacement)
                continue
            }
            if unrounded.contains(value) { continue }
            let integer = try integerForm(of: value, at: slot, entry)
            inputs[index] =
                integer == produced[value]?.id ? try floatForm(of: value) : try dequantizedForm(of: integer)
        }
        var outputs = node.outputs
        for index in outputs.indices {
            guard let value = outputs[index] else { continue }
            let slot = TensorSlot.output(id, index)
            guard let entry = plan[slot], entry.state != .float else { continue }
            if isClampedAlike(value, slot) {
                unrounded.insert(value)
                continue
            }
            let form = try form(at: slot, entry)
            let real = results.contains(value) ? addValue("\(graph[value].name)_unrounded", like: value) : value
            outputs[index] = real
            produced[value] = (addValue("\(graph[value].name)_quantized", like: value), form)
            if let integer = produced[value]?.id {
                setType(of: integer, to: form)
                try graph.addNode(
                    Node(name: graph[integer].name, op: Quantize(), inputs: [real], outputs: [integer]))
            }
        }
        try graph.replaceNode(
            id,
            with: Node(name: node.name, op: node.op, inputs: inputs, outputs: outputs, annotations: node.annotations))
    }

    /// Whether a clamp with the same parameters is all that reads a value.
    private func isClampedAlike(_ value: ValueID, _ slot: TensorSlot) -> Bool {
        let readers = consumers[value]
        guard !results.contains(value), readers.count == 1, let reader = readers.first,
            plan.rules[reader]?.kind == .clamping, graph[reader].input(0) == value
        else { return false }
        return plan.dominator(of: slot) == plan.dominator(of: .output(reader, 0))
    }

    /// The reals that a constant or a rounded value stands for.
    private mutating func dequantizedForm(of integer: ValueID) throws -> ValueID {
        if let existing = dequantized[integer] { return existing }
        let float = addValue("\(graph[integer].name)_dequantized", like: integer)
        graph[float].type = .tensor(.float32, graph[integer].type.tensorType?.shape)
        try graph.addNode(Node(name: graph[float].name, op: Dequantize(), inputs: [integer], outputs: [float]))
        dequantized[integer] = float
        return float
    }

    private mutating func makeInputsFloat(of id: NodeID) throws {
        let inputs = try graph[id].inputs.map { input in try input.map { try floatForm(of: $0) } }
        if inputs != graph[id].inputs { graph.updateNode(id) { $0.inputs = inputs } }
    }

    private mutating func makeResultsFloat() throws {
        for value in graph.outputs where produced[value] != nil && dequantized[value] == nil {
            _ = try floatForm(of: value)
        }
    }

    private func form(at slot: TensorSlot, _ entry: TensorQuantization) throws -> Form {
        let dominator = plan.dominator(of: slot)
        guard let parameters = plan.parameters(of: slot), let format = plan[dominator]?.format else {
            throw OctetError(
                .invalidArgument, "the quantization plan has no parameters for \(slot.port)",
                node: graph[slot.node].name, operatorName: graph[slot.node].op.name,
                remedy: "Calibrate before baking.")
        }
        return Form(elementType: format.elementType, parameters: parameters)
    }

    /// The value that stands for `value` in integers of the slot's parameters, made when it is first asked for.
    private mutating func integerForm(
        of value: ValueID, at slot: TensorSlot, _ entry: TensorQuantization
    ) throws -> ValueID {
        let form = try form(at: slot, entry)
        if let source = produced[value], source.form == form { return source.id }
        let key = FormKey(value: value, form: form, owner: entry.replacement == nil ? nil : slot)
        if let existing = forms[key] { return existing }
        let made: ValueID
        if let constant = originals[value] ?? graph[value].constant {
            let codes = try ConstantCodes.codes(of: constant, entry, form)
            if floatConstants.contains(value) || originals[value] != nil {
                made = addValue("\(graph[value].name)_quantized", like: value)
            } else {
                originals[value] = constant
                made = value
            }
            graph[made].constant = codes
            graph[made].type = .tensor(codes.type)
        } else if let source = produced[value] {
            made = try addBorder(Requantize(), from: source.id, to: "\(graph[value].name)_requantized", form)
        } else {
            made = try addBorder(Quantize(), from: value, to: "\(graph[value].name)_quantized", form)
        }
        forms[key] = made
        return made
    }

    /// The value that stands for `value` in float.
    private mutating func floatForm(
        of value: ValueID, _ replacement: TensorQuantization.Replacement? = nil
    ) throws -> ValueID {
        if case .values(let values)? = replacement {
            let made = addValue("\(graph[value].name)_corrected", like: value)
            graph[made].constant = values
            return made
        }
        guard let source = produced[value] else { return value }
        if let existing = dequantized[value] { return existing }
        let float: ValueID
        if results.contains(value) {
            float = value
        } else {
            float = addValue("\(graph[value].name)_dequantized", like: value)
            if let shape = graph[value].type.tensorType?.shape {
                graph[float].type = .tensor(.float32, shape)
            } else {
                graph[float].type = .tensor(.float32, nil)
            }
        }
        try graph.addNode(
            Node(name: graph[float].name, op: Dequantize(), inputs: [source.id], outputs: [float]))
        dequantized[value] = float
        return float
    }

    private mutating func addBorder(
        _ op: any Operator, from source: ValueID, to name: String, _ form: Form
    ) throws -> ValueID {
        let target = addValue(name, like: source)
        setType(of: target, to: form)
        try graph.addNode(Node(name: graph[target].name, op: op, inputs: [source], outputs: [target]))
        return target
    }

    private mutating func addValue(_ base: String, like value: ValueID) -> ValueID {
        var name = base
        var number = 1
        while !names.insert(name).inserted {
            name = "\(base)_\(number)"
            number += 1
        }
        return graph.addValue(name: name, type: graph[value].type)
    }

    private mutating func setType(of value: ValueID, to form: Form) {
        graph[value].type = .tensor(
            TensorType(
                form.elementType, shape: graph[value].type.tensorType?.shape, quantization: form.parameters))
    }
}
