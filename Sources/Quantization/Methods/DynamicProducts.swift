internal import GraphPasses
internal import ModelGraph
internal import Operators
internal import TensorCore

/// Puts integer products with ranges found at run time in the place of products with constant matrices: the form that
/// ONNX Runtime's dynamic quantization writes and its fusions recognize.
///
/// x → DynamicQuantizeLinear → MatMulInteger with the integer weights → Cast → Mul with both scales → Add of the bias.
struct DynamicProducts {
    private var graph: Graph
    private var names = ValueNames()
    private let plan: QuantizationPlan
    /// The codes, scale and zero point that a value was given at run time, once for all its readers.
    private var quantized: [ValueID: [ValueID]] = [:]

    /// Whether a node is a product that has such a form.
    static func covers(_ node: Node) -> Bool {
        if let gemm = node.op as? Gemm { return gemm.alpha == 1 && gemm.beta == 1 && !gemm.transposesA }
        return node.op is MatrixMultiplication
    }

    /// - Throws: `invalidModel` when weights do not fit their parameters.
    static func replace(in graph: Graph, plan: QuantizationPlan) throws -> Graph {
        var products = DynamicProducts(graph: graph, plan: plan)
        for id in try graph.executionOrder() where plan.rules[id] != nil { try products.replace(id) }
        products.graph.removeUnusedValues()
        try products.graph.inferTypes()
        return products.graph
    }

    private init(graph: Graph, plan: QuantizationPlan) {
        self.graph = graph
        self.plan = plan
    }

    private mutating func replace(_ id: NodeID) throws {
        let node = graph[id]
        let slot = TensorSlot.input(id, 1)
        guard let x = node.input(0), let weightID = node.input(1), let entry = plan[slot],
            let parameters = entry.parameters, let output = node.outputs.first ?? nil,
            let constant = graph[weightID].constant
        else { return }
        let codes = try weights(constant, entry, transposed: (node.op as? Gemm)?.transposesB ?? false)
        let base = graph[output].name
        let shape = parameters.isPerTensor ? [] : [parameters.scales.count]
        let weight = constantValue("\(graph[weightID].name)_quantized", codes)
        let scale = constantValue("\(graph[weightID].name)_scale", Tensor(parameters.scales, shape: shape))
        let zeroPoint = constantValue(
            "\(graph[weightID].name)_zero_point", Tensor(codes: parameters.zeroPoints, codes.elementType, shape: shape))
        let data = try quantizedInput(x)
        graph.removeNode(id)
        let sums = try add("\(base)_sums", IntegerMatrixMultiplication(), [data[0], weight, data[2], zeroPoint])
        let reals = try add("\(base)_cast", Cast(to: .float32), [sums])
        let scales = try add("\(base)_scale", Multiplication(), [data[1], scale])
        if let bias = node.input(2) {
            let product = try add("\(base)_product", Multiplication(), [reals, scales])
            try graph.addNode(Node(name: node.name, op: Addition(), inputs: [product, bias], outputs: [output]))
        } else {
            try graph.addNode(
                Node(name: node.name, op: Multiplication(), inputs: [reals, scales], outputs: [output]))
        }
    }

    /// The integers of the weights, a row for each element of a sum.
    private func weights(_ constant: Tensor, _ entry: TensorQuantization, transposed: Bool) throws -> Tensor {
        guard let parameters = entry.parameters else { return constant }
        var codes = try ConstantCodes.codes(
            of: constant, entry, Baker.Form(elementType: entry.format.elementType, parameters: parameters))
        codes.quantization = nil
        guard transposed else { return codes }
        let result = Tensor(codes.elementType, shape: [codes.shape[1], codes.shape[0]])
        try Transpose(permutation: [1, 0]).evaluate([codes], into: [result])
        return result
    }

    private mutating func quantizedInput(_ x: ValueID) throws -> [ValueID] {
        if let existing = quantized[x] { return existing }
        let base = graph[x].name
        let outputs = ["quantized", "scale", "zero_point"].map { suffix in
            graph.addValue(name: names.unused("\(base)_\(suffix)", in: graph), type: .unknown)
        }
        try graph.addNode(
            Node(name: graph[outputs[0]].name, op: DynamicQuantizeLinear(), inputs: [x], outputs: outputs))
        quantized[x] = outputs
        return outputs
    }

    private mutating func constantValue(_ name: String, _ tensor: Tensor) -> ValueID {
        graph.addConstant(name: names.unused(name, in: graph), tensor)
    }

    private mutating func add(_ name: String, _ op: any Operator, _ inputs: [ValueID?]) throws -> ValueID {
        let output = graph.addValue(name: names.unused(name, in: graph), type: .unknown)
        try graph.addNode(Node(name: graph[output].name, op: op, inputs: inputs, outputs: [output]))
        return output
    }
}
