public import ModelGraph
internal import Operators
internal import TensorCore

/// Writes a quantized graph as a float graph with QuantizeLinear and DequantizeLinear nodes (QDQ), the way other tools
/// exchange quantized models.
///
/// A quantized value becomes: producer → float value → QuantizeLinear → DequantizeLinear → consumers. The float value
/// keeps the ID and the name, so that the user's tensor is still found. Constants become an integer initializer and a
/// DequantizeLinear node. No pair stands between a node and a clamp behind it that alone reads its output and has the
/// same parameters. Border nodes merge into these pairs. Graph outputs stay float under their own names. Scales and
/// zero points are shared where they are equal, and a zero point has the element type of what it belongs to.
public struct LowerQuantization {
    var graph: Graph
    let source: Graph
    let consumers: Consumers
    let results: Set<ValueID>
    private var names = ValueNames()
    /// The integer value, of plain integer type, and what it stands for.
    var integers: [ValueID: (id: ValueID, type: TensorType)] = [:]
    /// What float consumers of a quantized value, or of a border's output, read.
    private var floats: [ValueID: ValueID] = [:]
    private var constants: [ConstantKey: ValueID] = [:]

    private struct ConstantKey: Hashable {
        var scales: [UInt32] = []
        var zeroPoints: [Int32] = []
        var elementType: ElementType
        var isScalar: Bool
    }

    /// - Throws: `invalidModel` when the graph has a cycle; `invalidArgument` for a graph that the format cannot express.
    public static func lower(_ graph: Graph, as format: QuantizationFormat = .qdq) throws -> Graph {
        if format == .qoperator { try checkQOperatorTypes(graph) }
        var lowering = LowerQuantization(graph)
        for id in graph.nodeIDs where graph[id].op.isQuantizationBorder { lowering.graph.removeNode(id) }
        for input in graph.inputs where graph[input].isQuantized { lowering.lowerInput(input) }
        for id in try graph.executionOrder() {
            if format == .qoperator, try lowering.lowerToQOperator(id) { continue }
            try lowering.lower(id)
        }
        lowering.graph.removeUnusedValues()
        return lowering.graph
    }

    private init(_ graph: Graph) {
        self.graph = graph
        source = graph
        consumers = graph.consumers()
        results = Set(graph.outputs)
    }

    private mutating func lower(_ id: NodeID) throws {
        let node = source[id]
        if node.op.qOperator != nil { return try lowerQOperator(id, node) }
        guard node.op.isQuantizationBorder else { return try lowerOperator(id, node) }
        guard let input = node.input(0), let output = node.outputs.first ?? nil else { return }
        if node.op is StorageCast { return try lowerCast(node.name, from: input, to: output) }
        if node.op is Dequantize {
            if floats[output] != nil { return }
            if results.contains(output) {
                try addDequantize(of: input, to: output)
            } else {
                floats[output] = try float(of: input)
            }
        } else {
            let value = try float(of: input)
            try addQuantize(from: value, to: output, type: source[output].type.tensorType)
            if !results.contains(output) { rename(output, "\(source[input].name)_QuantizeLinear_Output") }
            try claimResult(behind: output)
        }
    }

    private mutating func lowerOperator(_ id: NodeID, _ node: Node) throws {
        let inputs = try node.inputs.map { input in try input.map { try float(of: $0) } }
        var outputs = node.outputs
        var produced: [(quantized: ValueID, float: ValueID)] = []
        for index in outputs.indices {
            guard let value = outputs[index], let type = source[value].type.tensorType, type.quantization != nil else {
                continue
            }
            let float = results.contains(value) ? addValue("\(source[value].name)_QuantizeLinear_Input") : value
            graph[float].type = .tensor(.float32, type.shape)
            outputs[index] = float
            if isFusedWithClamp(value, type) {
                floats[value] = float
            } else {
                produced.append((value, float))
            }
        }
        if inputs != node.inputs || outputs != node.outputs {
            try graph.replaceNode(
                id,
                with: Node(
                    name: node.name, op: node.op, inputs: inputs, outputs: outputs, annotations: node.annotations))
        }
        for (value, float) in produced {
            let integer = results.contains(value) ? value : addValue("\(source[value].name)_QuantizeLinear_Output")
            try addQuantize(from: float, to: integer, for: value, type: source[value].type.tensorType)
            try claimResult(behind: value)
        }
    }

    /// A node with parameter inputs of its own reads and gives integers.
    private mutating func lowerQOperator(_ id: NodeID, _ node: Node) throws {
        let inputs = try node.inputs.map { input in try input.map { try integer(of: $0) } }
        for case let output? in node.outputs where source[output].isQuantized { lowerInput(output) }
        graph.updateNode(id) { $0.inputs = inputs }
    }

    /// The same integer tensor serves on both sides.
    private mutating func lowerCast(_ name: String, from input: ValueID, to output: ValueID) throws {
        let integer = try integer(of: input)
        if results.contains(output) {
            if source[output].isQuantized { lowerInput(output) }
            try graph.addNode(Node(name: name, op: Identity(), inputs: [integer], outputs: [output]))
        } else if let type = source[output].type.tensorType, type.quantization != nil {
            integers[output] = (integer, type)
        } else {
            floats[output] = integer
        }
    }

    /// The plain integers of a quantized value, or what consumers of another value read.
    mutating func integer(of value: ValueID) throws -> ValueID {
        guard source[value].isQuantized else { return try float(of: value) }
        if integers[value] == nil, source[value].isConstant {
            lowerInput(value)
            graph[value].constant?.quantization = nil
        }
        return integers[value]?.id ?? value
    }

    /// Makes a quantized value the plain integers that it holds.
    mutating func lowerInput(_ input: ValueID) {
        guard let type = source[input].type.tensorType else { return }
        integers[input] = (input, type)
        graph[input].type = .tensor(type.elementType, type.shape)
    }

    /// Where a border makes a result of the graph from this value, that result is what everybody reads.
    private mutating func claimResult(behind value: ValueID) throws {
        for consumer in consumers[value] where source[consumer].op is Dequantize {
            guard let output = source[consumer].outputs.first ?? nil, results.contains(output) else { continue }
            if floats[value] == nil {
                try addDequantize(of: value, to: output)
                floats[value] = output
                floats[output] = output
                if let producer = source.producer(of: value), !source[producer].op.isQuantizationBorder,
                    !results.contains(value)
                {
                    rename(value, "\(source[output].name)_QuantizeLinear_Input")
                }
            }
        }
    }

    /// What consumers of a value read in the lowered graph.
    private mutating func float(of value: ValueID) throws -> ValueID {
        if let existing = floats[value] { return existing }
        guard let type = source[value].type.tensorType, type.quantization != nil else { return value }
        let name = source[value].name
        let float: ValueID
        if let constant = source[value].constant, integers[value] == nil {
            let codes = addValue("\(name)_quantized")
            var tensor = constant
            tensor.quantization = nil
            graph[codes].constant = tensor
            graph[codes].type = .tensor(tensor.type)
            graph[value].constant = nil
            graph[value].type = .tensor(.float32, type.shape)
            integers[value] = (codes, type)
            float = value
        } else {
            let base = integers[value].map { graph[$0.id].name }
            float = addValue(Self.dequantizedName(base ?? name))
            graph[float].type = .tensor(.float32, type.shape)
        }
        try addDequantize(of: value, to: float)
        floats[value] = float
        return float
    }

    private static func dequantizedName(_ name: String) -> String {
        let suffix = "_QuantizeLinear_Output"
        return (name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : name) + "_DequantizeLinear_Output"
    }

    private func isFusedWithClamp(_ value: ValueID, _ type: TensorType) -> Bool {
        let readers = consumers[value]
        guard !results.contains(value), readers.count == 1, let reader = readers.first,
            source.quantizationRule(of: source[reader])?.kind == .clamping,
            let output = source[reader].outputs.first ?? nil, let next = source[output].type.tensorType
        else { return false }
        return next.elementType == type.elementType && next.quantization == type.quantization
    }
}

extension LowerQuantization {
    private mutating func addQuantize(
        from float: ValueID, to integer: ValueID, for value: ValueID? = nil, type: TensorType?
    ) throws {
        guard let type, let parameters = type.quantization else { return }
        graph[integer].type = .tensor(type.elementType, type.shape)
        integers[value ?? integer] = (integer, type)
        let op = QuantizeLinear(axis: parameters.axis ?? 1, blockSize: parameters.blockSize ?? 0)
        let scale = scaleConstant(parameters, type, name: graph[float].name)
        let zeroPoint = zeroPointConstant(parameters, type, name: graph[float].name)
        try graph.addNode(
            Node(
                name: "\(graph[float].name)_QuantizeLinear", op: op, inputs: [float, scale, zeroPoint],
                outputs: [integer]))
    }

    private mutating func addDequantize(of value: ValueID, to float: ValueID) throws {
        if integers[value] == nil, source[value].isConstant { _ = try self.float(of: value) }
        guard let (integer, type) = integers[value], let parameters = type.quantization else { return }
        let op = DequantizeLinear(axis: parameters.axis ?? 1, blockSize: parameters.blockSize ?? 0)
        let scale = scaleConstant(parameters, type, name: source[value].name)
        let zeroPoint = zeroPointConstant(parameters, type, name: source[value].name)
        try graph.addNode(
            Node(
                name: "\(source[value].name)_DequantizeLinear", op: op, inputs: [integer, scale, zeroPoint],
                outputs: [float]))
    }

    mutating func scaleConstant(
        _ parameters: QuantizationParameters, _ type: TensorType, name: String
    ) -> ValueID {
        let shape = parameterShape(parameters, type)
        let key = ConstantKey(
            scales: parameters.scales.map(\.bitPattern), elementType: .float32, isScalar: shape.isEmpty)
        if shape.count < 2, let existing = constants[key] { return existing }
        let id = addConstant("\(name)_scale", Tensor(parameters.scales, shape: shape))
        constants[key] = id
        return id
    }

    mutating func zeroPointConstant(
        _ parameters: QuantizationParameters, _ type: TensorType, name: String
    ) -> ValueID {
        let shape = parameterShape(parameters, type)
        let key = ConstantKey(
            zeroPoints: parameters.zeroPoints, elementType: type.elementType, isScalar: shape.isEmpty)
        if shape.count < 2, let existing = constants[key] { return existing }
        let id = addConstant(
            "\(name)_zero_point", Tensor(codes: parameters.zeroPoints, type.elementType, shape: shape))
        constants[key] = id
        return id
    }

    /// A scalar for one scale, a row for one an index, the tensor's shape in blocks for blocked scales.
    private func parameterShape(_ parameters: QuantizationParameters, _ type: TensorType) -> [Int] {
        guard let axis = parameters.axis else { return [] }
        guard let block = parameters.blockSize, block > 0, var shape = type.fixedShape, shape.indices.contains(axis)
        else { return [parameters.scales.count] }
        shape[axis] = (shape[axis] + block - 1) / block
        return shape
    }

    mutating func addConstant(_ base: String, _ tensor: Tensor) -> ValueID {
        let id = addValue(base)
        graph[id].constant = tensor
        graph[id].type = .tensor(tensor.type)
        return id
    }

    private mutating func addValue(_ base: String) -> ValueID {
        graph.addValue(name: names.unused(base, in: graph), type: .unknown)
    }

    private mutating func rename(_ value: ValueID, _ base: String) {
        guard graph[value].name != base else { return }
        graph[value].name = names.unused(base, in: graph)
    }
}
