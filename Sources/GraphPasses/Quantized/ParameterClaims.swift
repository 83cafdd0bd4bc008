internal import ModelGraph
internal import Operators
internal import TensorCore

/// What the nodes of a file say about the parameters of the integer values they touch.
///
/// Where the producer and all readers of a value agree on constant parameters, these can become part of its type; a
/// node can lose its parameter inputs when that is so for all values it speaks of.
struct ParameterClaims {
    private let graph: Graph
    private let consumers: [ValueID: [NodeID]]
    /// For each node with parameter inputs the parameters it gives to values; `nil` where no type can carry them.
    private var claims: [NodeID: [ValueID: QuantizationParameters?]] = [:]

    init(_ graph: Graph) {
        self.graph = graph
        consumers = graph.consumers()
        for id in graph.nodeIDs { claims[id] = claim(of: graph[id]) }
    }

    /// Puts agreed parameters into the types, and nodes without parameter inputs in place of those with them.
    func apply(to graph: inout Graph) throws {
        let (values, nodes) = agreed()
        for (value, parameters) in values.sorted(by: { $0.key < $1.key }) {
            guard case .tensor(var type) = graph[value].type else { continue }
            type.quantization = parameters
            graph[value].type = .tensor(type)
            graph[value].constant?.quantization = parameters
        }
        for id in nodes.sorted() {
            let node = self.graph[id]
            switch node.op {
            case is QuantizeLinear: graph.updateNode(id) { $0 = $0.with(Quantize(), Array($0.inputs.prefix(1))) }
            case is DequantizeLinear: graph.updateNode(id) { $0 = $0.with(Dequantize(), Array($0.inputs.prefix(1))) }
            case is QuantizedMatrixMultiplication:
                graph.updateNode(id) { $0 = $0.with(MatrixMultiplication(), [$0.inputs[0], $0.inputs[3]]) }
            case let op as QuantizedConvolution:
                var inputs = [node.inputs[0], node.inputs[3]]
                if let bias = node.input(8) { inputs.append(typedBias(bias, of: node, values, in: &graph)) }
                graph.updateNode(id) { $0 = $0.with(Convolution(window: op.window, group: op.group), inputs) }
            default: continue
            }
        }
    }

    /// The largest set of values and nodes that fit each other.
    private func agreed() -> (values: [ValueID: QuantizationParameters], nodes: Set<NodeID>) {
        var nodes = Set(claims.keys)
        while true {
            var values: [ValueID: QuantizationParameters] = [:]
            var refused = Set<ValueID>()
            for id in nodes.sorted() {
                for (value, parameters) in claims[id] ?? [:] {
                    guard let parameters, values[value] == nil || values[value] == parameters else {
                        refused.insert(value)
                        continue
                    }
                    values[value] = parameters
                }
            }
            for value in values.keys where !isTouchedOnly(by: nodes, value) { refused.insert(value) }
            let fitting = nodes.filter { id in (claims[id] ?? [:]).keys.allSatisfy { !refused.contains($0) } }
            if fitting.count == nodes.count { return (values, nodes) }
            nodes = fitting
        }
    }

    /// True when everyone who makes or reads a value is among `nodes` and speaks of its parameters.
    private func isTouchedOnly(by nodes: Set<NodeID>, _ value: ValueID) -> Bool {
        guard graph[value].type.tensorType?.elementType.integerRange != nil else { return false }
        var neighbours = consumers[value] ?? []
        if let producer = graph.producer(of: value) {
            neighbours.append(producer)
        } else if graph[value].constant == nil && !graph.inputs.contains(value) {
            return false
        }
        return neighbours.allSatisfy { nodes.contains($0) && claims[$0]?.keys.contains(value) == true }
    }

    private func claim(of node: Node) -> [ValueID: QuantizationParameters?]? {
        var claim: [ValueID: QuantizationParameters?] = [:]
        func add(_ value: ValueID?, scale: Int, zeroPoint: Int, axis: Int = 0, blockSize: Int = 0) {
            guard let value else { return }
            let parameters = parameters(node, scale, zeroPoint, of: value, axis: axis, blockSize: blockSize)
            if let other = claim[value], other != parameters {
                claim[value] = .some(nil)
            } else {
                claim[value] = .some(parameters)
            }
        }
        let output = node.outputs.first ?? nil
        switch node.op {
        case let op as QuantizeLinear:
            add(output, scale: 1, zeroPoint: 2, axis: op.axis, blockSize: op.blockSize)
            if (op.precision ?? .float32) != .float32 || !isFloat32(node.input(0)), let output {
                claim[output] = .some(nil)
            }
        case let op as DequantizeLinear:
            add(node.input(0), scale: 1, zeroPoint: 2, axis: op.axis, blockSize: op.blockSize)
            if !isFloat32(output), let input = node.input(0) { claim[input] = .some(nil) }
        case let op as QuantizedConvolution:
            let bias = node.input(8)
            guard hasRule(Convolution(window: op.window, group: op.group), node, bias),
                bias.map({ graph[$0].constant != nil }) ?? true
            else { return nil }
            add(node.input(0), scale: 1, zeroPoint: 2)
            add(node.input(3), scale: 4, zeroPoint: 5, axis: 0)
            add(output, scale: 6, zeroPoint: 7)
        case is QuantizedMatrixMultiplication:
            guard hasRule(MatrixMultiplication(), node, nil), let weight = node.input(3) else { return nil }
            let axis = (graph[weight].type.tensorType?.shape?.count ?? 1) - 1
            add(node.input(0), scale: 1, zeroPoint: 2)
            add(weight, scale: 4, zeroPoint: 5, axis: axis)
            add(output, scale: 6, zeroPoint: 7)
        default: return nil
        }
        return claim
    }

    /// True when the operator on values with parameters in their types can do what the node does.
    private func hasRule(_ op: any QuantizableOperator, _ node: Node, _ bias: ValueID?) -> Bool {
        let inputs = [node.input(0), node.input(3)] + (bias == nil ? [] : [bias])
        let types = inputs.map { input -> ValueType? in
            input.map { .tensor(.float32, graph[$0].type.tensorType?.shape) }
        }
        let constants = inputs.map { $0.flatMap { graph[$0].constant } }
        return op.quantizationRule(InferenceInputs(types: types, constants: constants, outputCount: 1)) != nil
    }

    private func isFloat32(_ value: ValueID?) -> Bool {
        value.flatMap { graph[$0].type.tensorType }?.elementType == .float32
    }

    /// The int32 bias of a convolution, with the product of the scales in its type.
    private func typedBias(
        _ bias: ValueID, of node: Node, _ values: [ValueID: QuantizationParameters], in graph: inout Graph
    ) -> ValueID? {
        guard var constant = graph[bias].constant, let input = node.inputs[0].flatMap({ values[$0] }),
            let weight = node.inputs[3].flatMap({ values[$0] })
        else { return bias }
        let scales = weight.scales.map { input.scales[0] * $0 }
        constant.quantization = QuantizationParameters(
            scales: scales, zeroPoints: Array(repeating: 0, count: scales.count), axis: weight.axis == nil ? nil : 0)
        return graph.addConstant(name: graph.unusedName("\(graph[bias].name)_quantized"), constant)
    }

    /// The parameters in two inputs of a node, if they are constant and of a form that a type can carry.
    private func parameters(
        _ node: Node, _ scaleInput: Int, _ zeroPointInput: Int, of value: ValueID, axis: Int, blockSize: Int
    ) -> QuantizationParameters? {
        guard let type = graph[value].type.tensorType,
            let scale = node.input(scaleInput).flatMap({ graph[$0].constant }),
            scale.elementType == .float32
        else { return nil }
        let scales = scale.elements(as: Float.self)
        guard !scales.isEmpty, scales.allSatisfy({ $0.isFinite && $0 > 0 }) else { return nil }
        var zeroPoints = Array(repeating: Int32(0), count: scales.count)
        if let input = node.input(zeroPointInput) {
            guard let constant = graph[input].constant, constant.elementType == type.elementType,
                let values = constant.integers
            else { return nil }
            let given = values.map { Int32(truncatingIfNeeded: $0) }
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

extension Node {
    fileprivate func with(_ op: any Operator, _ inputs: [ValueID?]) -> Node {
        Node(name: name, op: op, inputs: inputs, outputs: outputs, annotations: annotations)
    }
}
