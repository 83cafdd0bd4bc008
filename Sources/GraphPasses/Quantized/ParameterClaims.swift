internal import ModelGraph
internal import Operators
internal import TensorCore

/// What the nodes of a file say about the parameters of the integer values they touch.
///
/// A node whose parameter inputs are all constant claims parameters for its integer inputs and outputs. They become
/// part of the values' types, and the node loses its parameter inputs where another operator gives the same integers
/// without them. Operators that only move or select elements hand the parameters on. Whoever else touches such a
/// value, or claims other parameters for it, sees it through a ``StorageCast``.
struct ParameterClaims {
    private let graph: Graph
    private var names = ValueNames()
    /// For each node with constant parameter inputs the parameters it gives to values.
    private var claims: NodeMap<Claim>
    /// Operators on the values' types in place of those with parameter inputs.
    private var replacements: NodeMap<any TensorOperator>
    private var types: ValueMap<QuantizationParameters>

    /// The parameters that one node gives to values: very few, so that nothing is hashed.
    private struct Claim {
        private(set) var entries: [(value: ValueID, parameters: QuantizationParameters)] = []

        subscript(_ value: ValueID) -> QuantizationParameters? { entries.first { $0.value == value }?.parameters }

        /// - Returns: false when the value has other parameters already.
        mutating func add(_ value: ValueID, _ parameters: QuantizationParameters) -> Bool {
            if let own = self[value] { return own == parameters }
            entries.append((value, parameters))
            return true
        }
    }

    init(_ graph: Graph) throws {
        self.graph = graph
        types = ValueMap(capacity: graph.valueCapacity)
        let nodes = graph.nodeIDs
        claims = NodeMap(capacity: graph.nodeCapacity)
        replacements = NodeMap(capacity: graph.nodeCapacity)
        for id in nodes { claim(id) }
        for id in nodes {
            for (value, parameters) in claims[id]?.entries ?? []
            where isMade(value, by: id) || isSource(value) && types[value] == nil {
                types[value] = parameters
            }
        }
        for id in try graph.executionOrder() where claims[id] == nil { handOn(id) }
    }

    // MARK: Claiming

    private mutating func claim(_ id: NodeID) {
        let node = graph[id]
        var claim = Claim()
        func add(
            _ value: ValueID?, _ scale: Int, _ zeroPoint: Int, axis: Int = 0, blockSize: Int = 0
        ) -> Bool {
            guard let value,
                let parameters = parameters(node, scale, zeroPoint, of: value, axis: axis, blockSize: blockSize)
            else { return false }
            return claim.add(value, parameters)
        }
        let output = node.outputs.first ?? nil
        switch node.op {
        case let op as QuantizeLinear:
            guard (op.precision ?? .float32) == .float32, isFloat32(node.input(0)),
                add(output, 1, 2, axis: op.axis, blockSize: op.blockSize)
            else { return }
            replacements[id] = Quantize()
        case let op as DequantizeLinear:
            guard isFloat32(output), let input = node.input(0), isByte(input) || isClaimed(byTheProducerOf: input),
                add(input, 1, 2, axis: op.axis, blockSize: op.blockSize)
            else { return }
            replacements[id] = Dequantize()
        default:
            guard let op = node.op.qOperator else { return }
            let slots = op.slots(inputCount: node.inputs.count)
            for operand in slots.operands {
                guard let value = node.input(operand.value), isByte(value) else { return }
                let rank = graph[value].type.tensorType?.shape?.count ?? 0
                let axis = operand.axis.map { $0 < 0 ? $0 + rank : $0 }
                guard add(value, operand.scale, operand.zeroPoint, axis: axis ?? 0),
                    claim[value]?.axis == nil || claim[value]?.axis == axis
                else { return }
            }
            if let scale = slots.resultScale, let zeroPoint = slots.resultZeroPoint, node.input(scale) != nil {
                guard isByte(output), add(output, scale, zeroPoint) else { return }
            }
            if let typed = op.typed, hasRule(typed, node, slots, claim) { replacements[id] = typed }
        }
        claims[id] = claim
    }

    /// True when the operator on values with parameters in their types can do what the node does.
    private func hasRule(
        _ op: any QuantizableOperator, _ node: Node, _ slots: QOperatorSlots,
        _ claim: Claim
    ) -> Bool {
        guard node.inputs.indices.allSatisfy({ node.input($0) == nil || slots.inputs.contains($0) }) else {
            return false
        }
        let operands = slots.operands.map { node.input($0.value) }
        var inputs = realInputs(operands, outputCount: 1)
        if let bias = slots.bias.flatMap({ node.input($0) }) {
            guard let constant = graph[bias].constant, constant.elementType == .int32 else { return false }
            let row = constant.reshaped([constant.count])
            inputs = InferenceInputs(
                types: inputs.types + [.tensor(.float32, [.fixed(row.count)])], constants: inputs.constants + [row],
                outputCount: 1)
        }
        guard let rule = op.quantizationRule(inputs) else { return false }
        return zip(operands, rule.inputs).allSatisfy { input, role in
            guard case .activation = role, let input else { return true }
            return claim[input]?.isPerTensor ?? true
        }
    }

    private func realInputs(_ inputs: [ValueID?], outputCount: Int) -> InferenceInputs {
        InferenceInputs(
            types: inputs.map { input in input.map { .tensor(.float32, graph[$0].type.tensorType?.shape) } },
            constants: inputs.map { $0.flatMap { graph[$0].constant } }, outputCount: outputCount)
    }

    private func isMade(_ value: ValueID, by id: NodeID) -> Bool { graph.producer(of: value) == id }

    /// A constant or an input of the graph.
    private func isSource(_ value: ValueID) -> Bool {
        graph.producer(of: value) == nil && (graph[value].isConstant || graph.inputs.contains(value))
    }

    /// True for values that do not come from a node without parameters of its own.
    private func isClaimed(byTheProducerOf value: ValueID) -> Bool {
        guard let producer = graph.producer(of: value) else { return true }
        return graph[producer].op is QuantizeLinear
    }

    private func isFloat32(_ value: ValueID?) -> Bool {
        value.flatMap { graph[$0].elementType } == .float32
    }

    private func isByte(_ value: ValueID?) -> Bool {
        let type = value.flatMap { graph[$0].elementType }
        return type == .int8 || type == .uint8
    }

    // MARK: Handing on

    /// Gives the outputs of an operator that moves, selects or clamps codes the parameters that all its data has.
    private mutating func handOn(_ id: NodeID) {
        let node = graph[id]
        guard node.outputs.allSatisfy(isByte), IntegerFolding.commutesWithRounding(node.op) || node.op is Pad,
            !(node.op is Relu),
            let op = node.op.quantizable,
            let rule = op.quantizationRule(handedOn(node))
        else { return }
        let data = zip(node.inputs, rule.inputs).filter { $1 == .activation }.compactMap(\.0)
        guard let first = data.first, isByte(first), let parameters = types[first], parameters.isPerTensor,
            data.allSatisfy({ types[$0] == parameters && isByte($0) })
        else { return }
        var claim = Claim()
        for case let value? in data + node.outputs { _ = claim.add(value, parameters) }
        if let pad = node.op as? Pad {
            guard padding(node) == parameters.zeroPoints[0] else { return }
            replacements[id] = pad
        } else if let clip = node.op as? Clip {
            replacements[id] = clip
        }
        for case let output? in node.outputs { types[output] = parameters }
        claims[id] = claim
    }

    /// What an operator on codes would see if it worked on reals; codes that it pads with count as 0.
    private func handedOn(_ node: Node) -> InferenceInputs {
        realInputs(node.op is Pad ? Self.withoutValue(node.inputs) : node.inputs, outputCount: node.outputs.count)
    }

    private static func withoutValue(_ inputs: [ValueID?]) -> [ValueID?] {
        inputs.enumerated().map { $0 == 2 ? nil : $1 }
    }

    /// The code a Pad fills with; `nil` when it is not known.
    private func padding(_ node: Node) -> Int32? {
        guard let value = node.input(2) else { return 0 }
        return graph[value].constant?.integers?.first.flatMap { Int32(exactly: $0) }
    }

    // MARK: Applying

    /// Puts the parameters into the types, and nodes without parameter inputs in place of those with them.
    mutating func apply(to graph: inout Graph) throws {
        for value in self.graph.valueIDs {
            guard let parameters = types[value], case .tensor(var type) = graph[value].type else { continue }
            type.quantization = parameters
            graph[value].type = .tensor(type)
            graph[value].constant?.quantization = parameters
        }
        var casts: [Cast: ValueID] = [:]
        for id in self.graph.nodeIDs {
            var node = self.graph[id]
            for index in node.inputs.indices {
                guard let value = node.inputs[index] else { continue }
                let wanted = claims[id]?[value]
                guard wanted != types[value] else { continue }
                let key = Cast(value: value, parameters: wanted)
                if casts[key] == nil { casts[key] = try cast(value, to: wanted, in: &graph) }
                node.inputs[index] = casts[key]
            }
            let inputs = replacements[id].map { typedInputs(of: node, $0, in: &graph) }
            guard inputs != nil || node.inputs != self.graph[id].inputs else { continue }
            try graph.replaceNode(
                id,
                with: Node(
                    name: node.name, op: replacements[id] ?? node.op, inputs: inputs ?? node.inputs,
                    outputs: node.outputs, annotations: node.annotations))
        }
    }

    private struct Cast: Hashable {
        var value: ValueID
        var parameters: QuantizationParameters?
    }

    /// The same codes with other parameters in their type, or none.
    private mutating func cast(
        _ value: ValueID, to parameters: QuantizationParameters?, in graph: inout Graph
    ) throws -> ValueID {
        let name = names.unused("\(graph[value].name)_codes", in: graph)
        if var constant = graph[value].constant {
            constant.quantization = parameters
            return graph.addConstant(name: name, constant)
        }
        guard case .tensor(var type) = graph[value].type else { return value }
        type.quantization = parameters
        let result = graph.addValue(name: name, type: .tensor(type))
        try graph.addNode(Node(name: name, op: StorageCast(), inputs: [value], outputs: [result]))
        return result
    }

    /// What the operator reads that needs no parameter inputs.
    private mutating func typedInputs(of node: Node, _ op: any TensorOperator, in graph: inout Graph) -> [ValueID?] {
        if op is Pad { return Self.withoutValue(node.inputs) }
        if op is Clip { return node.inputs.prefix(1) + node.inputs.dropFirst().map { bound($0, of: node, in: &graph) } }
        guard let qOperator = node.op.qOperator else { return Array(node.inputs.prefix(1)) }
        let slots = qOperator.slots(inputCount: node.inputs.count)
        var inputs = slots.operands.map { node.input($0.value) }
        if let bias = slots.bias.flatMap({ node.input($0) }) { inputs.append(typedBias(bias, inputs, in: &graph)) }
        return inputs
    }

    /// The real that a bound on codes stands for.
    private mutating func bound(_ bound: ValueID?, of node: Node, in graph: inout Graph) -> ValueID? {
        guard let bound, let code = graph[bound].constant?.integers?.first,
            let parameters = node.input(0).flatMap({ types[$0] })
        else { return nil }
        let real = Float(code - Int(parameters.zeroPoints[0])) * parameters.scales[0]
        return graph.addConstant(name: names.unused("\(graph[bound].name)_real", in: graph), Tensor(scalar: real))
    }

    /// An int32 bias with the product of the operands' scales in its type.
    private mutating func typedBias(_ bias: ValueID, _ operands: [ValueID?], in graph: inout Graph) -> ValueID? {
        let parameters = operands.compactMap { $0.flatMap { graph[$0].type.tensorType?.quantization } }
        guard parameters.count == 2, var constant = graph[bias].constant else { return bias }
        constant = constant.reshaped([constant.count])
        let scales = parameters[1].scales.map { parameters[0].scales[0] * $0 }
        constant.quantization = QuantizationParameters(
            scales: scales, zeroPoints: Array(repeating: 0, count: scales.count),
            axis: parameters[1].axis == nil ? nil : 0)
        return graph.addConstant(name: names.unused("\(graph[bias].name)_quantized", in: graph), constant)
    }

    /// The parameters in two inputs of a node, if they are constant and of a form that a type can carry.
    private func parameters(
        _ node: Node, _ scaleInput: Int, _ zeroPointInput: Int, of value: ValueID, axis: Int, blockSize: Int
    ) -> QuantizationParameters? {
        guard let type = graph[value].type.tensorType, type.elementType.integerRange != nil,
            let scale = node.input(scaleInput).flatMap({ graph[$0].constant }),
            scale.elementType == .float32
        else { return nil }
        let scales = scale.elements(as: Float.self)
        guard !scales.isEmpty, scales.allSatisfy({ $0.isFinite && $0 > 0 }) else { return nil }
        var zeroPoints = Array(repeating: Int32(0), count: scales.count)
        if let input = node.input(zeroPointInput) {
            guard let constant = graph[input].constant, constant.elementType == type.elementType,
                let given = constant.codes
            else { return nil }
            guard given.count == scales.count || given.count == 1 else { return nil }
            zeroPoints = given.count == scales.count ? given : Array(repeating: given[0], count: scales.count)
        }
        if scale.count == 1, blockSize == 0 { return QuantizationParameters(scales: scales, zeroPoints: zeroPoints) }
        guard let shape = type.shape else { return nil }
        let resolved = axis < 0 ? axis + shape.count : axis
        guard shape.indices.contains(resolved) else { return nil }
        if blockSize != 0 {
            guard let fixed = type.fixedShape, blockSize > 0 else { return nil }
            var blocks = fixed
            blocks[resolved] = fixed[resolved] / blockSize + (fixed[resolved] % blockSize == 0 ? 0 : 1)
            guard scale.shape == blocks else { return nil }
        } else {
            guard scale.rank == 1, shape[resolved].value == scales.count else { return nil }
        }
        return QuantizationParameters(
            scales: scales, zeroPoints: zeroPoints, axis: resolved, blockSize: blockSize == 0 ? nil : blockSize)
    }
}
