internal import ModelGraph
internal import TensorCore
internal import WireFormats

/// What the graphs of one model share while it is read.
final class OnnxReadContext {
    let tensors: OnnxTensorReader
    /// Versions of operator sets by domain.
    let operatorSets: [String: Int]
    /// The functions that the model defines, by their keys.
    let functions: [String: OnnxFunction]
    /// How many more values the subgraphs may take from outside. A name of two bytes, taken through every level of
    /// nested subgraphs, would otherwise cost thousands of times its size.
    private var captureBudget = 100_000
    /// How many more nodes and values may come out of functions, which can call each other.
    private var expansionBudget = 1_000_000
    private var lastSuffix = 0

    init(tensors: OnnxTensorReader, operatorSets: [String: Int], functions: [String: OnnxFunction]) {
        self.tensors = tensors
        self.operatorSets = operatorSets
        self.functions = functions
    }

    /// - Throws: `resourceLimit` when the model's subgraphs take too many values from outside.
    func countCaptures(_ count: Int) throws {
        captureBudget -= count
        guard captureBudget >= 0 else {
            throw OctetError(.resourceLimit, "the model's subgraphs take too many values from the graphs around them")
        }
    }

    /// - Throws: `resourceLimit` when the model's functions make too many nodes.
    func countExpanded(_ count: Int) throws {
        expansionBudget -= count
        guard expansionBudget >= 0 else {
            throw OctetError(.resourceLimit, "the model's functions make more than a million nodes and values")
        }
    }

    /// A number that makes a name unlike those before.
    func nextSuffix() -> Int {
        lastSuffix += 1
        return lastSuffix
    }
}

/// What a subgraph sees of the graphs around it.
final class OnnxScope {
    private let outer: OnnxScope?
    /// Every name that means something in the graph: the value, and what is known of it, which for one that is taken
    /// from outside is what is known there.
    var values: [String: (id: ValueID, known: Value)] = [:]
    /// What the names of a function's body are called in the graph that calls it; `nil` outside functions.
    private let names: [String: String]?

    init(outer: OnnxScope?, names: [String: String]? = nil) {
        self.outer = outer
        self.names = names
    }

    func find(_ name: String) -> Value? {
        if let names { return names[name].flatMap { outer?.find($0) } }
        return values[name]?.known ?? outer?.find(name)
    }
}

/// A `GraphProto` turned into a graph.
final class OnnxGraphReader {
    let context: OnnxReadContext
    let scope: OnnxScope
    let isSubgraph: Bool
    var graph = Graph()
    /// Names that the graph uses but does not define, in the order of first use (subgraphs only).
    var captures: [(name: String, id: ValueID)] = []
    var nodes: [OnnxNodeMessage] = []
    private var declared: [String: OnnxValueInfo] = [:]
    /// The call of a function whose body this graph is a part of.
    let frame: OnnxFunctionFrame?

    init(context: OnnxReadContext, outer: OnnxScope?, frame: OnnxFunctionFrame? = nil) {
        self.context = context
        self.frame = frame
        scope = OnnxScope(outer: outer)
        isSubgraph = outer != nil
    }

    func read(_ message: ProtobufReader) throws {
        var inputs: [OnnxValueInfo] = []
        var outputs: [OnnxValueInfo] = []
        try reserveCapacity(for: message)
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 1:
                let node = try OnnxNodeMessage(field.message())
                node.frame = frame
                nodes.append(node)
            case 2: graph.name = try field.string()
            case 5: try addInitializer(field.message())
            case 10: graph.annotations.documentation = try field.string()
            case 11: inputs.append(try interface(field))
            case 12: outputs.append(try interface(field))
            case 13:
                let info = try OnnxValueInfo(field.message())
                declared[info.name] = info
            case 15: throw OctetError(.unsupported, "sparse initializers cannot be read")
            case 16: graph.annotations.properties.append(try field.stringPair())
            default: break
            }
        }
        for output in outputs where output.type != .unknown || declared[output.name] == nil {
            declared[output.name] = output
        }
        let fedInputs = try addInputs(inputs)
        try expandCalls(inputs: inputs.map(\.name))
        try addConstantNodes()
        let outputsOfNodes = try addOutputsOfNodes()
        for (message, outputs) in zip(nodes, outputsOfNodes) { try addNode(message, outputs: outputs) }
        graph.outputs = try outputs.map { try resolve($0.name, user: "the graph's output") }
        graph.inputs = fedInputs
    }

    /// Makes room for what the message defines, which costs less than growing step by step.
    private func reserveCapacity(for message: ProtobufReader) throws {
        var (nodeCount, valueCount) = (0, 0)
        var reader = message
        while let field = try reader.next() {
            if field.number == 1 { nodeCount += 1 }
            if field.number == 1 || field.number == 5 { valueCount += 1 }
        }
        nodes.reserveCapacity(nodeCount)
        scope.values.reserveCapacity(valueCount)
        graph.reserveCapacity(nodes: nodeCount, values: valueCount)
    }

    private func interface(_ field: ProtobufField) throws -> OnnxValueInfo {
        let info = try OnnxValueInfo(field.message())
        guard !info.name.isEmpty else {
            throw OctetError(.invalidModel, "an input or output of the graph has no name")
        }
        return info
    }

    private func define(_ name: String, _ value: Value) throws -> ValueID {
        let id = graph.addValue(value)
        guard scope.values.updateValue((id, value), forKey: name) == nil else {
            throw OctetError(.invalidModel, "tensor '\(name)' is defined twice")
        }
        return id
    }

    private func addInitializer(_ message: ProtobufReader) throws {
        let (header, tensor) = try context.tensors.read(message)
        guard !header.name.isEmpty else { throw OctetError(.invalidModel, "an initializer has no name") }
        var value = Value(name: header.name, type: .tensor(tensor.type), constant: tensor)
        value.annotations = Annotations(
            documentation: header.annotations.documentation, properties: header.annotations.properties)
        _ = try define(header.name, value)
    }

    /// An input with an initializer of the same name is that constant. (Before `ir_version` 4 every initializer was
    /// listed as an input; since then such an entry makes it a default that a caller could override.)
    private func addInputs(_ inputs: [OnnxValueInfo]) throws -> [ValueID] {
        var ids: [ValueID] = []
        var seen: Set<String> = []
        for input in inputs {
            guard seen.insert(input.name).inserted else {
                throw OctetError(
                    .invalidModel, "two inputs of the graph have the same name",
                    found: "'\(input.name)'")
            }
            if scope.values[input.name] != nil { continue }
            if let error = input.unsupported { throw error.inTensor(input.name) }
            var value = Value(name: input.name, type: input.type)
            value.annotations = input.annotations
            ids.append(try define(input.name, value))
        }
        return ids
    }

    private func addConstantNodes() throws {
        guard nodes.contains(where: { $0.type == "Constant" }) else { return }
        var others: [OnnxNodeMessage] = []
        others.reserveCapacity(nodes.count)
        for message in nodes {
            guard message.type == "Constant", message.domain.isEmpty, !isFunctionCall(message) else {
                others.append(message)
                continue
            }
            try message.locating {
                let tensor = try OnnxConstantNode.tensor(attributes(of: message).values, of: message)
                guard message.outputs.count == 1, let name = message.outputs.first, !name.isEmpty else {
                    throw OctetError(.invalidModel, "a Constant has one output", found: "\(message.outputs.count)")
                }
                var value = Value(name: name, type: .tensor(tensor.type), constant: tensor)
                value.annotations = message.annotations
                _ = try define(name, value)
            }
        }
        nodes = others
    }

    /// Defines what the nodes produce, so that they may stand in any order.
    private func addOutputsOfNodes() throws -> [[ValueID?]] {
        try nodes.map { message in
            try message.locating {
                try message.outputs.map { name in
                    guard !name.isEmpty else { return nil }
                    let info = declared[name]
                    var value = Value(name: name, type: info?.type ?? .unknown)
                    if let info { value.annotations = info.annotations }
                    return try define(name, value)
                }
            }
        }
    }

    private func addNode(_ message: OnnxNodeMessage, outputs: [ValueID?]) throws {
        try message.locating {
            let (attributes, captures) = try attributes(of: message)
            var node = OnnxNode(
                type: message.type, domain: message.domain, name: message.name, inputs: message.inputs,
                outputs: message.outputs, attributes: attributes, version: try version(of: message))
            node.captures = captures
            while node.inputs.last == "" { node.inputs.removeLast() }
            let scope = scope
            let names = node.inputs
            node.constantInput = { $0 < names.count ? scope.find(names[$0])?.constant : nil }
            let op = try readOperator(&node, message)
            for (name, tensor) in node.addedConstants {
                let unused = unusedName(name)
                _ = try define(unused, Value(name: unused, type: .tensor(tensor.type), constant: tensor))
                if unused != name { node.inputs = node.inputs.map { $0 == name ? unused : $0 } }
            }
            let inputs: [ValueID?] = try (node.inputs + node.captures).map { name in
                name.isEmpty ? nil : try resolve(name, user: "an input")
            }
            try graph.addNode(
                Node(name: message.name, op: op, inputs: inputs, outputs: outputs, annotations: message.annotations))
        }
    }

    /// The operator by its row; whatever the row does not take makes the node opaque.
    private func readOperator(_ node: inout OnnxNode, _ message: OnnxNodeMessage) throws -> any Operator {
        var reason = "Octet has no such operator"
        if isFunctionCall(message) {
            reason = "it calls a function of the model that takes a graph"
        } else if message.overload.isEmpty, let row = OnnxOperatorTable.row(type: node.type, domain: node.domain) {
            let (attributes, inputs, added) = (node.attributes, node.inputs, node.addedConstants)
            do {
                let op = try row.read(&node)
                if node.attributes.isEmpty { return op }
                let names = node.attributes.sorted.map { "'\($0.name)'" }.joined(separator: ", ")
                reason = "attribute \(names) is not understood"
            } catch let error as OctetError where error.kind == .unsupported {
                reason = error.description
            }
            (node.attributes, node.inputs, node.addedConstants) = (attributes, inputs, added)
        }
        return OnnxOpaqueOperator(
            type: node.type, domain: node.domain, reason: reason, captureCount: node.captures.count,
            version: node.version, attributes: node.attributes, extraFields: message.extraFields)
    }

    private func isFunctionCall(_ message: OnnxNodeMessage) -> Bool {
        !context.functions.isEmpty && context.functions[message.functionKey] != nil
    }

    private func version(of message: OnnxNodeMessage) throws -> Int {
        let own = message.frame?.operatorSets[message.domain]
        if let version = own ?? context.operatorSets[message.domain] { return version }
        guard !message.domain.isEmpty else {
            throw OctetError(.invalidModel, "the model does not say which operator set it uses")
        }
        return 1
    }

    private func resolve(_ name: String, user: String) throws -> ValueID {
        if let id = scope.values[name]?.id { return id }
        guard isSubgraph, let outer = scope.find(name) else {
            throw OctetError(
                .invalidModel,
                "\(user) is '\(name)', which is neither produced by a node, nor a constant, nor an "
                    + "input of the graph")
        }
        let id = try define(name, Value(name: name, type: outer.type))
        scope.values[name] = (id, outer)
        captures.append((name, id))
        return id
    }

    private func unusedName(_ base: String) -> String {
        var name = base
        var suffix = 1
        while scope.find(name) != nil {
            name = "\(base)_\(suffix)"
            suffix += 1
        }
        return name
    }
}
