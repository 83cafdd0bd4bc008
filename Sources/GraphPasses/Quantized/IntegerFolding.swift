internal import ModelGraph
internal import Operators
internal import TensorCore

/// Makes operators between border nodes integer, one node after the other in execution order.
struct IntegerFolding {
    private(set) var graph: Graph
    private var names = ValueNames()
    private let consumers: Consumers
    private let results: Set<ValueID>

    init(_ graph: consuming Graph) {
        consumers = graph.consumers()
        results = Set(graph.outputs)
        self.graph = graph
    }

    mutating func run() throws {
        for id in try graph.executionOrder() where graph.contains(id) && !graph[id].op.isQuantizationBorder {
            try fold(id)
        }
    }

    /// What a folded node reads: `value` in the parameters `type`, requantized first if it has others.
    private struct Source {
        var value: ValueID
        var type: TensorType
    }

    /// Where an output goes: its integer type, and the Quantize nodes that the folded node replaces.
    private struct Target {
        var type: TensorType
        var quantizers: [NodeID]
    }

    private mutating func fold(_ id: NodeID) throws {
        let node = graph[id]
        guard let rule = rule(of: node) else { return }
        guard let targets = targets(of: node, rule) else { return try foldInputs(of: id, rule) }
        guard let sources = sources(of: node, rule, targets.first?.target.type) else { return }
        var inputs = node.inputs
        for (index, source) in sources { inputs[index] = try read(source) }
        if let index = rule.inputs.firstIndex(of: .bias), node.input(index) != nil {
            guard let bias = bias(of: node, index, input: sources[0], weight: sources[1]) else { return }
            inputs[index] = bias
        }
        var outputs = node.outputs
        for (index, target) in targets {
            guard let output = outputs[index] else { continue }
            let quantized = target.quantizers.compactMap { graph[$0].outputs.first ?? nil }
            for quantizer in target.quantizers { graph.removeNode(quantizer) }
            let kept = quantized.first { results.contains($0) } ?? output
            outputs[index] = kept
            graph[kept].type = .tensor(target.type)
            redirect(quantized.filter { $0 != kept && !results.contains($0) }, to: kept)
            for twin in quantized where twin != kept && results.contains(twin) {
                try graph.addNode(
                    Node(name: graph[twin].name, op: Requantize(), inputs: [kept], outputs: [twin]))
            }
        }
        try graph.replaceNode(
            id,
            with: Node(
                name: node.name, op: node.op, inputs: inputs, outputs: outputs, annotations: node.annotations))
    }

    /// A product of integers whose sums are wanted in reals: only what it reads becomes integer.
    private mutating func foldInputs(of id: NodeID, _ rule: QuantizationRule) throws {
        let node = graph[id]
        guard IntegerSums.give(reals: node, rule), let sources = sources(of: node, rule, nil),
            sources[1]?.type.elementType == .int8, sources[1]?.type.quantization?.isSymmetric == true
        else { return }
        var inputs = node.inputs
        for (index, source) in sources { inputs[index] = try read(source) }
        if let index = rule.inputs.firstIndex(of: .bias), node.input(index) != nil {
            guard let bias = bias(of: node, index, input: sources[0], weight: sources[1]) else { return }
            inputs[index] = bias
        }
        graph.updateNode(id) { $0.inputs = inputs }
    }

    private func rule(of node: Node) -> QuantizationRule? {
        graph.quantizationRule(of: node) { value in
            integerSource(of: value).flatMap { graph[$0].constant }
        }
    }

    /// The quantized value that a float value was dequantized from, or the value itself if it is quantized.
    private func integerSource(of value: ValueID) -> ValueID? {
        if graph[value].isQuantized { return value }
        guard let producer = graph.producer(of: value), graph[producer].op is Dequantize,
            let source = graph[producer].input(0), graph[source].isQuantized
        else { return nil }
        return source
    }

    // MARK: Outputs

    private func targets(of node: Node, _ rule: QuantizationRule) -> [(index: Int, target: Target)]? {
        var targets: [(index: Int, target: Target)] = []
        for (index, output) in node.outputs.enumerated() {
            guard let output else { continue }
            guard let target = target(of: output), IntegerFolding.isActivation(target.type) else { return nil }
            if case .fixed(let scale, let zeroPoint, let type) = rule.output,
                target.type.elementType != type
                    || target.type.quantization != QuantizationParameters(scale: scale, zeroPoint: zeroPoint)
            {
                return nil
            }
            targets.append((index, target))
        }
        guard let first = targets.first?.target.type else { return nil }
        let isFree = rule.output == .free
        guard isFree || targets.allSatisfy({ hasSameCodes($0.target.type, first) }) else { return nil }
        return targets
    }

    /// Readers that all quantize alike, or a clamp behind which that is so.
    private func target(of output: ValueID) -> Target? {
        let readers = consumers[output]
        guard !results.contains(output), let reader = readers.first,
            graph.contains(reader)
        else { return nil }
        if graph[reader].op is Quantize {
            guard let type = outputType(of: reader) else { return nil }
            for other in readers {
                guard graph[other].op is Quantize, let twin = outputType(of: other), hasSameCodes(twin, type) else {
                    return nil
                }
            }
            return Target(type: type, quantizers: Array(readers))
        }
        guard readers.count == 1, rule(of: graph[reader])?.kind == .clamping, graph[reader].input(0) == output,
            let clamped = graph[reader].outputs.first ?? nil, clamped != output, let target = target(of: clamped)
        else { return nil }
        return Target(type: target.type, quantizers: [])
    }

    private func outputType(of node: NodeID) -> TensorType? {
        (graph[node].outputs.first ?? nil).flatMap { graph[$0].type.tensorType }
    }

    // MARK: Inputs

    private func sources(
        of node: Node, _ rule: QuantizationRule, _ targetType: TensorType?
    ) -> [Int: Source]? {
        var sources: [Int: Source] = [:]
        for (index, role) in rule.inputs.enumerated() {
            guard let input = node.input(index), role != .untouched, role != .bias else { continue }
            guard let value = integerSource(of: input), case .tensor(var type) = graph[value].type,
                let parameters = type.quantization
            else { return nil }
            if case .weight(let axis) = role {
                guard graph[value].isConstant, [.int8, .uint8].contains(type.elementType),
                    parameters.blockSize == nil, parameters.axis == nil || parameters.axis == axis
                else { return nil }
            } else {
                guard IntegerFolding.isActivation(type) else { return nil }
                if rule.output == .sameAsInput || rule.output == .sharedByAll, let targetType,
                    !hasSameCodes(type, targetType)
                {
                    guard Self.commutesWithRounding(node.op) else { return nil }
                    type.elementType = targetType.elementType
                    type.quantization = targetType.quantization
                }
            }
            sources[index] = Source(value: value, type: type)
        }
        return sources
    }

    /// Operators that select or move elements, or take the largest: rounding before them equals rounding after them.
    static func commutesWithRounding(_ op: any Operator) -> Bool {
        switch op {
        case is Relu, is Clip, is MaxPool, is Concatenation, is any Reinterpretation, is Transpose, is Slice, is Split,
            is Gather:
            true
        default: false
        }
    }

    private mutating func read(_ source: Source) throws -> ValueID {
        guard let own = graph[source.value].type.tensorType, !hasSameCodes(own, source.type) else {
            return source.value
        }
        let name = names.unused("\(graph[source.value].name)_requantized", in: graph)
        let value = graph.addValue(name: name, type: .tensor(source.type))
        try graph.addNode(Node(name: name, op: Requantize(), inputs: [source.value], outputs: [value]))
        return value
    }

    /// The bias in int32 in units of the product of both scales: the file's own, or a float one rounded.
    private mutating func bias(of node: Node, _ index: Int, input: Source?, weight: Source?) -> ValueID? {
        guard let bias = node.input(index), let inputScale = input?.type.quantization?.scales.first,
            let weightParameters = weight?.type.quantization, weight?.type.fixedShape != nil
        else { return nil }
        let scales = weightParameters.scales.map { inputScale * $0 }
        if let codes = integerSource(of: bias) {
            guard graph[codes].constant?.elementType == .int32, let own = graph[codes].quantization,
                own.isSymmetric, own.blockSize == nil,
                Self.agree(own.scales, scales)
            else { return nil }
            return codes
        }
        guard let tensor = graph[bias].constant, tensor.elementType == .float32, tensor.rank == 1,
            scales.count == 1 || scales.count == tensor.count
        else { return nil }
        var codes: [Int32] = []
        for (channel, value) in tensor.elements(as: Float.self).enumerated() {
            let code = (Double(value) / Double(scales[scales.count == 1 ? 0 : channel])).rounded(.toNearestOrEven)
            guard let code = Int32(exactly: code) else { return nil }
            codes.append(code)
        }
        let parameters = QuantizationParameters(
            scales: scales, zeroPoints: Array(repeating: 0, count: scales.count), axis: scales.count == 1 ? nil : 0)
        return graph.addConstant(
            name: names.unused("\(graph[bias].name)_quantized", in: graph),
            Tensor(codes, shape: tensor.shape, quantization: parameters))
    }

    /// Equal up to the last bits, which depend on the width a tool multiplies in; one scale may stand for many.
    private static func agree(_ own: [Float], _ expected: [Float]) -> Bool {
        let count = max(own.count, expected.count)
        guard own.count == count || own.count == 1, expected.count == count || expected.count == 1 else { return false }
        return (0..<count).allSatisfy { index in
            let (a, b) = (own[own.count == 1 ? 0 : index], expected[expected.count == 1 ? 0 : index])
            return abs(a - b) <= 4 * max(a.ulp, b.ulp)
        }
    }

    // MARK: Helpers

    private static func isActivation(_ type: TensorType) -> Bool {
        [.int8, .uint8].contains(type.elementType) && type.quantization?.isPerTensor == true
    }

    private func hasSameCodes(_ a: TensorType, _ b: TensorType) -> Bool {
        a.elementType == b.elementType && a.quantization == b.quantization
    }

    private mutating func redirect(_ values: [ValueID], to kept: ValueID) {
        for value in values {
            for consumer in consumers[value] where graph.contains(consumer) {
                graph.updateNode(consumer) { node in node.inputs = node.inputs.map { $0 == value ? kept : $0 } }
            }
        }
    }
}
