internal import ModelGraph
internal import TensorCore
internal import WireFormats

/// A graph turned into a `GraphProto`.
struct OnnxGraphWriter {
    private let graph: Graph
    private let context: OnnxWriteContext
    private let captureCount: Int
    private var names: OnnxNames
    /// Constants that the nodes written so far read.
    private var usedConstants: Set<ValueID> = []
    private var addedConstants: [(name: String, tensor: Tensor)] = []
    private var constantIDs: [String: ValueID] = [:]

    init(_ graph: Graph, context: OnnxWriteContext, outerNames: Set<String> = [], captures: [String] = []) {
        self.graph = graph
        self.context = context
        captureCount = captures.count
        names = OnnxNames(graph, outer: outerNames, captures: captures)
        for id in graph.valueIDs where graph[id].isConstant { constantIDs[names[id]] = id }
    }

    mutating func write(into writer: inout ProtobufWriter) throws {
        let order = try graph.executionOrder()
        for id in order { try addNode(graph[id], to: &writer) }
        writer.add(2, graph.name.isEmpty ? "graph" : graph.name)
        try addInitializers(to: &writer)
        if !graph.annotations.documentation.isEmpty { writer.add(10, graph.annotations.documentation) }
        for id in graph.inputs.dropLast(captureCount) { try addInfo(11, id, to: &writer) }
        for id in graph.outputs { try addInfo(12, id, to: &writer) }
        try addInferredTypes(order, to: &writer)
        for property in graph.annotations.properties { writer.add(16, property) }
    }

    private mutating func addNode(_ node: Node, to writer: inout ProtobufWriter) throws {
        do {
            let message = try message(of: node)
            let extraFields = (node.op as? OnnxOpaqueOperator)?.extraFields ?? []
            try writer.add(1) { writer in
                for input in message.inputs { writer.add(1, input) }
                for output in message.outputs { writer.add(2, output) }
                if !message.name.isEmpty { writer.add(3, message.name) }
                writer.add(4, message.type)
                for (name, value) in message.attributes.sorted {
                    try writer.add(5) { try addAttribute(name, value, captures: message.captures, to: &$0) }
                }
                if !node.annotations.documentation.isEmpty { writer.add(6, node.annotations.documentation) }
                if !message.domain.isEmpty { writer.add(7, message.domain) }
                for property in node.annotations.properties { writer.add(9, property) }
                writer.add(encoded: extraFields)
            }
        } catch let error as OctetError {
            throw error.at(node: node.name, operatorName: node.op.name)
        }
    }

    private mutating func message(of node: Node) throws -> OnnxNode {
        for case let id? in node.inputs + node.outputs { try requireFloat(id) }
        var message = OnnxNode(
            type: node.op.name, domain: "", name: node.name, inputs: node.inputs.map { $0.map { names[$0] } ?? "" },
            outputs: node.outputs.map { $0.map { names[$0] } ?? "" }, attributes: [:], version: 0)
        message.constantInput = { [graph] index in node.input(index).flatMap { graph[$0].constant } }
        message.inputTypes = node.inputs.map { $0.flatMap { graph[$0].type.tensorType } }
        message.outputTypes = node.outputs.map { $0.flatMap { graph[$0].type.tensorType } }
        if let op = node.op as? OnnxOpaqueOperator {
            try fill(&message, from: op)
        } else if let row = OnnxOperatorTable.row(for: node.op) {
            message.type = row.type
            message.domain = row.domain
            message.version = context.version(of: row.domain)
            try row.write(node.op, &message)
            if context.usesMicrosoftBorders, message.isWideBorder { message.move(to: "com.microsoft") }
            context.need(message.domain, message.requiredVersion)
            if message.domain.isEmpty { context.need("", OnnxOperatorVersions.first(message.type) ?? 1) }
        } else {
            throw OctetError(.unsupported, "the operator has no form in ONNX")
        }
        while message.inputs.last == "" { message.inputs.removeLast() }
        for index in message.addedConstants.indices {
            let (name, tensor) = message.addedConstants[index]
            let unused = names.add(name)
            message.inputs = message.inputs.map { $0 == name ? unused : $0 }
            addedConstants.append((unused, tensor))
        }
        for name in message.inputs + message.captures {
            if let id = constantIDs[name] { usedConstants.insert(id) }
        }
        return message
    }

    /// A node nobody understands is written as it was read, where the operator set still gives it that meaning.
    private func fill(_ message: inout OnnxNode, from op: OnnxOpaqueOperator) throws {
        message.type = op.type
        message.domain = op.domain
        message.version = context.version(of: op.domain)
        message.attributes = op.attributes
        message.splitCaptures(op.captureCount)
        context.need(op.domain, op.version)
        guard op.domain.isEmpty, message.version > op.version,
            !OnnxOperatorVersions.isUnchanged(op.type, from: op.version, to: message.version)
        else { return }
        throw OctetError(
            .unsupported,
            "the operator changed between operator set \(op.version), which the model was made for, and "
                + "\(message.version), which it must be written with, and Octet does not know it (\(op.reason))",
            remedy: "Convert the model to a newer operator set first")
    }

    private func addAttribute(
        _ name: String, _ value: OnnxAttribute, captures: [String], to writer: inout ProtobufWriter
    ) throws {
        if case .raw(let fields) = value { return writer.add(encoded: fields) }
        writer.add(1, name)
        switch value {
        case .float(let value):
            writer.add(2, value)
            writer.add(20, 1)
        case .int(let value):
            writer.add(3, value)
            writer.add(20, 2)
        case .string(let bytes):
            writer.add(4, bytes: bytes)
            writer.add(20, 3)
        case .tensor(let tensor):
            writer.add(5) { $0.addTensorFields(tensor) }
            writer.add(20, 4)
        case .graph(let graph):
            try addSubgraph(6, graph, captures: captures, to: &writer)
            writer.add(20, 5)
        case .floats(let values):
            for value in values { writer.add(7, value) }
            writer.add(20, 6)
        case .ints(let values):
            writer.add(8, unpacked: values)
            writer.add(20, 7)
        case .strings(let strings):
            for bytes in strings { writer.add(9, bytes: bytes) }
            writer.add(20, 8)
        case .tensors(let tensors):
            for tensor in tensors { writer.add(10) { $0.addTensorFields(tensor) } }
            writer.add(20, 9)
        case .graphs(let graphs):
            for graph in graphs { try addSubgraph(11, graph, captures: captures, to: &writer) }
            writer.add(20, 10)
        case .raw: break
        }
    }

    private func addSubgraph(
        _ field: Int, _ graph: Graph, captures: [String], to writer: inout ProtobufWriter
    ) throws {
        var subgraph = OnnxGraphWriter(graph, context: context, outerNames: names.used, captures: captures)
        try writer.add(field) { try subgraph.write(into: &$0) }
    }

    private mutating func addInitializers(to writer: inout ProtobufWriter) throws {
        usedConstants.formUnion(graph.outputs.filter { graph[$0].isConstant })
        for id in usedConstants.sorted() {
            try requireFloat(id)
            guard let tensor = graph[id].constant else { continue }
            add(tensor, name: names[id], annotations: graph[id].annotations, to: &writer)
        }
        for (name, tensor) in addedConstants { add(tensor, name: name, annotations: Annotations(), to: &writer) }
    }

    private func add(_ tensor: Tensor, name: String, annotations: Annotations, to writer: inout ProtobufWriter) {
        context.need(tensor.elementType)
        writer.add(5) {
            $0.addTensorFields(tensor, name: name, annotations: annotations, externalData: context.externalData)
        }
    }

    private func addInfo(_ field: Int, _ id: ValueID, to writer: inout ProtobufWriter) throws {
        try requireFloat(id)
        let value = graph[id]
        if let type = value.type.tensorType?.elementType { context.need(type) }
        writer.addValueInfo(field, name: names[id], type: value.type, annotations: value.annotations)
    }

    private func addInferredTypes(_ order: [NodeID], to writer: inout ProtobufWriter) throws {
        let outputs = Set(graph.outputs)
        for id in order {
            for case let output? in graph[id].outputs where !outputs.contains(output) {
                let value = graph[output]
                if value.type == .unknown && value.annotations.isEmpty { continue }
                try addInfo(13, output, to: &writer)
            }
        }
    }

    private func requireFloat(_ id: ValueID) throws {
        guard graph[id].isQuantized || graph[id].constant?.quantization != nil else { return }
        throw OctetError(
            .invalidArgument, "tensor '\(graph[id].name)' carries quantization parameters, which ONNX does not have",
            remedy: "Lower the graph to QuantizeLinear and DequantizeLinear nodes before writing it")
    }
}
