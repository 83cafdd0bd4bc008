internal import ModelGraph
internal import Operators
internal import TensorCore

/// How quantization stands in an ONNX file.
public enum QuantizationFormat: String, CaseIterable, Sendable {
    /// A float graph with pairs of QuantizeLinear and DequantizeLinear.
    case qdq
    /// Operators on integers with their parameters as inputs: QLinearConv, QGemm, QLinearAdd …
    case qoperator
}

/// Quantized nodes as ``QOperator``s on plain integers, which keep the IDs and names of the quantized values.
///
/// Operators that move or select elements work on the codes as they are. A clamp that the integers' own range makes is
/// left out; its output's name goes to the node before. Others are a Clip of codes. What has no such form is lowered
/// as in QDQ: a float operator between DequantizeLinear and QuantizeLinear.
extension LowerQuantization {
    static func checkQOperatorTypes(_ graph: Graph) throws {
        for id in graph.valueIDs {
            guard let type = graph[id].type.tensorType, type.quantization != nil,
                ![.int8, .uint8, .int32].contains(type.elementType)
            else { continue }
            throw OctetError(
                .invalidArgument, "QOperator files have operators on 8-bit integers alone",
                expected: "int8 or uint8", found: "tensor '\(graph[id].name)' of \(type.elementType.rawValue)",
                remedy: "Write the model as QDQ")
        }
    }

    /// - Returns: false, with nothing done, when the node has no such form.
    mutating func lowerToQOperator(_ id: NodeID) throws -> Bool {
        let node = source[id]
        guard !node.op.isQuantizationBorder, node.op.qOperator == nil,
            let rule = source.quantizationRule(of: node), let output = node.outputs.first ?? nil
        else { return false }
        let data = zip(node.inputs, rule.inputs).compactMap { input, role in role == .untouched ? nil : input }
        guard data.allSatisfy({ source[$0].isQuantized }) else { return false }
        if rule.kind == .clamping { return try lowerClamp(id, node, output) }
        if rule.output == .sameAsInput { return try lowerMovement(id, node) }
        let givesReals = !source[output].isQuantized
        guard node.outputs.count == 1, !givesReals || IntegerSums.give(reals: node, rule),
            let op = QOperators.form(of: node.op, givesReals: givesReals)
        else { return false }
        let inputs = try inputs(of: node, op, output: givesReals ? nil : output)
        if !givesReals { lowerInput(output) }
        try replace(id, node, op, inputs)
        return true
    }

    private mutating func inputs(of node: Node, _ op: any QOperator, output: ValueID?) throws -> [ValueID?] {
        let count = node.inputs.count
        let slots = op.slots(inputCount: 2 + 3 * count)
        var inputs: [ValueID?] = Array(repeating: nil, count: (slots.inputs.max() ?? 0) + 1)
        for (operand, value) in zip(slots.operands, node.inputs) {
            guard let value, let type = source[value].type.tensorType, let parameters = type.quantization else {
                continue
            }
            inputs[operand.value] = try integer(of: value)
            inputs[operand.scale] = scaleConstant(parameters, type, name: source[value].name)
            inputs[operand.zeroPoint] = zeroPointConstant(parameters, type, name: source[value].name)
        }
        if let place = slots.bias, count > slots.operands.count, let bias = node.inputs[slots.operands.count] {
            inputs[place] = try integer(of: bias)
        }
        if let output, let type = source[output].type.tensorType, let parameters = type.quantization,
            let scale = slots.resultScale, let zeroPoint = slots.resultZeroPoint
        {
            inputs[scale] = scaleConstant(parameters, type, name: source[output].name)
            inputs[zeroPoint] = zeroPointConstant(parameters, type, name: source[output].name)
        }
        while inputs.last == .some(nil) { inputs.removeLast() }
        return inputs
    }

    private mutating func lowerMovement(_ id: NodeID, _ node: Node) throws -> Bool {
        guard IntegerFolding.commutesWithRounding(node.op) || node.op is Pad, let input = node.input(0),
            let type = source[input].type.tensorType,
            node.outputs.allSatisfy({ $0.map { hasCodes($0, like: type) } ?? true })
        else { return false }
        var inputs = try node.inputs.map { input in try input.map { try integer(of: $0) } }
        if node.op is Pad, let parameters = type.quantization {
            while inputs.count < 3 { inputs.append(nil) }
            inputs[2] = zeroPointConstant(parameters, type, name: source[input].name)
        }
        for case let output? in node.outputs { lowerInput(output) }
        try replace(id, node, node.op, inputs)
        return true
    }

    private mutating func lowerClamp(_ id: NodeID, _ node: Node, _ output: ValueID) throws -> Bool {
        guard let input = node.input(0), let type = source[input].type.tensorType, hasCodes(output, like: type),
            let range = type.elementType.integerRange, let bounds = codeBounds(node, type)
        else { return false }
        let codes = try integer(of: input)
        let isImplied = bounds.lowerBound <= range.lowerBound && bounds.upperBound >= range.upperBound
        if isImplied, !results.contains(output) {
            integers[output] = (codes, type)
            graph.removeNode(id)
            if consumers[input].count == 1, source.producer(of: input) != nil, codes == input {
                let name = graph[codes].name
                graph[codes].name = graph[output].name
                graph[output].name = name
            }
            return true
        }
        let limits = [bounds.lowerBound, bounds.upperBound].map { bound in
            addConstant("\(source[output].name)_bound", Tensor(codes: [Int32(bound)], type.elementType, shape: []))
        }
        lowerInput(output)
        try replace(id, node, Clip(), [codes] + limits)
        return true
    }

    private func hasCodes(_ value: ValueID, like type: TensorType) -> Bool {
        guard let own = source[value].type.tensorType else { return false }
        return own.elementType == type.elementType && own.quantization == type.quantization
    }

    /// The least and the greatest code that a clamp lets through.
    private func codeBounds(_ node: Node, _ type: TensorType) -> ClosedRange<Int>? {
        guard let range = type.elementType.integerRange, let parameters = type.quantization, parameters.isPerTensor
        else { return nil }
        func code(_ real: Float) -> Int {
            let code = (real / parameters.scales[0]).rounded(.toNearestOrEven) + Float(parameters.zeroPoints[0])
            return Int(min(max(code, Float(range.lowerBound)), Float(range.upperBound)))
        }
        func bound(_ index: Int, _ fallback: Int) -> Int? {
            guard let input = node.input(index) else { return fallback }
            return source[input].constant?.floats?.first.map(code)
        }
        switch node.op {
        case is Relu: return Int(parameters.zeroPoints[0])...range.upperBound
        case is Clip:
            guard let lower = bound(1, range.lowerBound), let upper = bound(2, range.upperBound) else { return nil }
            return min(lower, upper)...upper
        default: return nil
        }
    }

    private mutating func replace(_ id: NodeID, _ node: Node, _ op: any Operator, _ inputs: [ValueID?]) throws {
        try graph.replaceNode(
            id,
            with: Node(name: node.name, op: op, inputs: inputs, outputs: node.outputs, annotations: node.annotations))
    }
}
