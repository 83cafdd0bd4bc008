internal import TensorCore
internal import WireFormats

extension OnnxGraphReader {
    /// Puts the bodies of the model's functions in the place of their calls.
    ///
    /// A body's names become those of the call for its inputs and outputs, and new ones for the rest.
    /// - Throws: `invalidModel` when functions call each other in a circle, `resourceLimit` when they make too many
    ///   nodes.
    func expandCalls(inputs: [String]) throws {
        guard !context.functions.isEmpty, nodes.contains(where: { context.functions[$0.functionKey] != nil }) else {
            return
        }
        var used = Set(scope.values.keys).union(inputs)
        for node in nodes { used.formUnion(node.inputs + node.outputs) }
        var pending: [OnnxNodeMessage] = nodes.reversed()
        var expanded: [OnnxNodeMessage] = []
        while let node = pending.popLast() {
            if let function = context.functions[node.functionKey],
                let body = try node.locating({ try self.body(of: function, called: node, used: &used) })
            {
                pending.append(contentsOf: body.reversed())
            } else {
                expanded.append(node)
            }
        }
        nodes = expanded
    }

    /// The nodes that a call stands for; `nil` when it passes a graph on, which stays a call.
    private func body(
        of function: OnnxFunction, called call: OnnxNodeMessage, used: inout Set<String>
    ) throws -> [OnnxNodeMessage]? {
        let depth = (call.frame?.depth ?? 0) + 1
        guard depth <= 32 else {
            throw OctetError(.invalidModel, "functions call each other more than 32 deep", expected: "no circle")
        }
        guard let attributes = try attributes(of: call, function) else { return nil }
        guard call.inputs.count <= function.inputs.count, call.outputs.count <= function.outputs.count else {
            throw OctetError(
                .invalidModel, "the call does not fit the function",
                expected: "\(function.inputs.count) inputs and \(function.outputs.count) outputs",
                found: "\(call.inputs.count) and \(call.outputs.count)")
        }
        var body = try function.nodes.map(OnnxNodeMessage.init)
        try context.countExpanded(
            body.reduce(1 + function.inputs.count + function.outputs.count) {
                $0 + 1 + $1.inputs.count + $1.outputs.count
            })
        // Labels come from the file, and those of calls inside calls are made of each other.
        let label = (call.name.isEmpty ? call.outputs.first { !$0.isEmpty } ?? call.type : call.name).prefix(128)
        var names: [String: String] = ["": ""]
        for (index, name) in function.inputs.enumerated() {
            names[name] = index < call.inputs.count ? call.inputs[index] : ""
        }
        var passedOn: [(from: String, to: String)] = []
        for (index, name) in function.outputs.enumerated() where index < call.outputs.count {
            let wanted = call.outputs[index]
            guard !wanted.isEmpty else { continue }
            if let other = names[name] { passedOn.append((other, wanted)) } else { names[name] = wanted }
        }
        let frame = OnnxFunctionFrame(attributes: attributes, operatorSets: function.operatorSets, depth: depth)
        for name in body.flatMap(\.outputs) where names[name] == nil {
            names[name] = unusedName("\(label)/\(name.prefix(128))", &used)
        }
        for index in body.indices {
            body[index].inputs = try body[index].inputs.map { name in
                guard let actual = names[name] else {
                    throw OctetError(.invalidModel, "nothing in the function '\(function.name)' gives '\(name)'")
                }
                return actual
            }
            body[index].outputs = body[index].outputs.map { names[$0] ?? $0 }
            if !body[index].name.isEmpty { body[index].name = "\(label)/\(body[index].name.prefix(128))" }
            body[index].frame = frame
            body[index].names = names
        }
        for (from, to) in passedOn { body.append(.identity(from: from, to: to, frame: call.frame)) }
        return body
    }

    /// The attributes a body may refer to; `nil` when one holds a graph.
    private func attributes(
        of call: OnnxNodeMessage, _ function: OnnxFunction
    ) throws -> [String: ProtobufReader]? {
        var attributes = function.defaults
        for message in call.attributes {
            let head = try OnnxAttributeHead(message)
            guard !head.holdsGraph else { return nil }
            if head.reference.isEmpty {
                attributes[head.name] = message
            } else if let bound = call.frame?.attributes[head.reference] {
                attributes[head.name] = bound
            }
        }
        return attributes
    }

    private func unusedName(_ base: String, _ used: inout Set<String>) -> String {
        var name = base
        while scope.find(name) != nil || !used.insert(name).inserted { name = "\(base)_\(context.nextSuffix())" }
        return name
    }
}
