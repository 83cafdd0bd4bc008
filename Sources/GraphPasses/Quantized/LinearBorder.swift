internal import ModelGraph
internal import Operators
internal import TensorCore

/// QuantizeLinear and DequantizeLinear nodes with constant parameters, and the border nodes they become.
enum LinearBorder {
    static func isLinear(_ op: any Operator) -> Bool { op is QuantizeLinear || op is DequantizeLinear }

    /// Computes QuantizeLinear nodes on constants: weights that a file keeps in float behind their rounding.
    static func foldQuantizedConstants(in graph: inout Graph) throws {
        for id in try graph.executionOrder() {
            let node = graph[id]
            guard let op = node.op as? QuantizeLinear, let output = node.outputs.first ?? nil,
                !graph.outputs.contains(output), case .tensor(let type) = graph[output].type,
                let shape = type.fixedShape
            else { continue }
            let inputs = node.inputs.map { $0.flatMap { graph[$0].constant } }
            guard zip(node.inputs, inputs).allSatisfy({ ($0 == nil) == ($1 == nil) }) else { continue }
            let codes = Tensor(type.elementType, shape: shape)
            do {
                try op.evaluate(inputs, into: [codes])
            } catch let error as OctetError {
                throw error.at(node: node.name, operatorName: node.op.name)
            }
            graph.removeNode(id)
            graph[output].constant = codes
        }
    }

    /// Where all readers and the producer of an integer value agree on constant parameters, these become part of its
    /// type, and the nodes become border nodes.
    static func moveParametersIntoTypes(of graph: inout Graph) throws {
        let consumers = graph.consumers()
        var nodesOf: [ValueID: [NodeID]] = [:]
        for id in graph.nodeIDs {
            switch graph[id].op {
            case is QuantizeLinear:
                if let output = graph[id].outputs.first ?? nil { nodesOf[output, default: []].append(id) }
            case is DequantizeLinear:
                if let input = graph[id].input(0) { nodesOf[input, default: []].append(id) }
            default: continue
            }
        }
        for (value, nodes) in nodesOf {
            guard case .tensor(var type) = graph[value].type, type.elementType.integerRange != nil,
                (consumers[value] ?? []).allSatisfy({ graph[$0].op is DequantizeLinear && graph[$0].input(0) == value })
            else { continue }
            let isSource = graph[value].constant != nil || graph.inputs.contains(value)
            let isQuantized = graph.producer(of: value).map { graph[$0].op is QuantizeLinear } ?? false
            let all = nodes.map { parameters(of: graph[$0], in: graph, type) }
            guard isSource || isQuantized, let first = all.first, let parameters = first,
                all.allSatisfy({ $0 == parameters })
            else { continue }
            type.quantization = parameters
            graph[value].type = .tensor(type)
            graph[value].constant?.quantization = parameters
            for id in nodes {
                let isQuantize = graph[id].op is QuantizeLinear
                graph.updateNode(id) { node in
                    node.op = isQuantize ? Quantize() : Dequantize()
                    node.inputs = Array(node.inputs.prefix(1))
                }
            }
        }
    }

    /// The parameters of a node if they are constant and of a form that a type can carry.
    private static func parameters(
        of node: Node, in graph: Graph, _ type: TensorType
    ) -> QuantizationParameters? {
        let axis: Int
        let blockSize: Int?
        switch node.op {
        case let op as QuantizeLinear:
            guard (op.precision ?? .float32) == .float32 else { return nil }
            (axis, blockSize) = (op.axis, op.blockSize == 0 ? nil : op.blockSize)
        case let op as DequantizeLinear: (axis, blockSize) = (op.axis, op.blockSize == 0 ? nil : op.blockSize)
        default: return nil
        }
        guard let scale = node.input(1).flatMap({ graph[$0].constant }), scale.elementType == .float32,
            let realType = (node.op is QuantizeLinear ? node.input(0) : node.outputs.first ?? nil)
                .flatMap({ graph[$0].type.tensorType }), realType.elementType == .float32
        else { return nil }
        let scales = scale.elements(as: Float.self)
        guard !scales.isEmpty, scales.allSatisfy({ $0.isFinite && $0 > 0 }) else { return nil }
        var zeroPoints = Array(repeating: Int32(0), count: scales.count)
        if let input = node.input(2) {
            guard let constant = graph[input].constant, constant.elementType == type.elementType,
                let values = constant.integers, values.count == scales.count
            else { return nil }
            zeroPoints = values.map { Int32(truncatingIfNeeded: $0) }
        }
        if scale.count == 1, blockSize == nil {
            return QuantizationParameters(scales: scales, zeroPoints: zeroPoints)
        }
        guard let shape = type.shape else { return nil }
        let resolved = axis < 0 ? axis + shape.count : axis
        guard shape.indices.contains(resolved) else { return nil }
        if let blockSize {
            guard let fixed = type.fixedShape, blockSize > 0 else { return nil }
            var blocks = fixed
            blocks[resolved] = fixed[resolved] / blockSize + (fixed[resolved] % blockSize == 0 ? 0 : 1)
            guard scale.shape == blocks else { return nil }
        } else {
            guard scale.rank == 1, shape[resolved].value == scales.count else { return nil }
        }
        return QuantizationParameters(scales: scales, zeroPoints: zeroPoints, axis: resolved, blockSize: blockSize)
    }
}
