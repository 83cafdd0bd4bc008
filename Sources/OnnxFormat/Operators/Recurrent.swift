internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let recurrentRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("RNN", SimpleRecurrentNetwork.self) { node in
            SimpleRecurrentNetwork(layer: try node.takeRecurrentLayer())
        } write: { op, node in
            try node.putRecurrentLayer(op.layer)
        },
        OnnxOperatorRow("GRU", GatedRecurrentUnit.self) { node in
            GatedRecurrentUnit(
                layer: try node.takeRecurrentLayer(),
                resetsAfterProduct: try node.takeFlag("linear_before_reset") ?? false)
        } write: { op, node in
            try node.putRecurrentLayer(op.layer)
            node.put("linear_before_reset", op.resetsAfterProduct, unless: false)
        },
        OnnxOperatorRow("LSTM", LongShortTermMemory.self) { node in
            LongShortTermMemory(
                layer: try node.takeRecurrentLayer(), couplesGates: try node.takeFlag("input_forget") ?? false)
        } write: { op, node in
            try node.putRecurrentLayer(op.layer)
            node.put("input_forget", op.couplesGates, unless: false)
        },
        OnnxOperatorRow(
            "DynamicQuantizeLSTM", domain: "com.microsoft", DynamicQuantizedLongShortTermMemory.self
        ) { node in
            DynamicQuantizedLongShortTermMemory(
                cell: LongShortTermMemory(
                    layer: try node.takeRecurrentLayer(), couplesGates: try node.takeFlag("input_forget") ?? false))
        } write: { op, node in
            try node.putRecurrentLayer(op.cell.layer, hiddenAxis: 1)
            node.put("input_forget", op.cell.couplesGates, unless: false)
        },
    ]
}

extension OnnxNode {
    fileprivate mutating func takeRecurrentLayer() throws -> RecurrentLayer {
        // Gone since operator set 7.
        _ = try takeInt("output_sequence")
        let name = try takeString("direction") ?? "forward"
        guard let direction = RecurrentLayer.Direction(rawValue: name) else {
            throw OctetError(.invalidModel, "attribute 'direction' is unknown", found: name)
        }
        return RecurrentLayer(
            direction: direction, activations: try takeActivations(), clip: try takeFloat("clip"),
            isBatchFirst: try takeFlag("layout") ?? false, hiddenSize: try takeInt("hidden_size"))
    }

    /// The lists of parameters hold entries for those functions only that have the parameter.
    private mutating func takeActivations() throws -> [RecurrentActivation] {
        var alphas = (try takeFloats("activation_alpha") ?? [])[...]
        var betas = (try takeFloats("activation_beta") ?? [])[...]
        return try (takeStrings("activations") ?? []).map { name in
            let found = RecurrentActivation.Function.allCases.first { $0.rawValue.lowercased() == name.lowercased() }
            guard let function = found else { throw unsupported("the activation function '\(name)' is not known") }
            let (takesAlpha, takesBeta) = function.parameters
            return RecurrentActivation(
                function, alpha: takesAlpha ? alphas.popFirst() : nil, beta: takesBeta ? betas.popFirst() : nil)
        }
    }

    /// - Parameter hiddenAxis: the axis of R that is as long as the state.
    fileprivate mutating func putRecurrentLayer(_ layer: RecurrentLayer, hiddenAxis: Int = 2) throws {
        let weights = inputTypes.count > 2 ? inputTypes[2]?.shape : nil
        let shape = weights.flatMap { $0.count == 3 ? $0[hiddenAxis].value : nil }
        if let hidden = shape ?? layer.hiddenSize { attributes["hidden_size"] = .int(hidden) }
        if layer.direction != .forward {
            attributes["direction"] = .string(Array(layer.direction.rawValue.utf8))
        }
        if !layer.activations.isEmpty {
            attributes["activations"] = .strings(layer.activations.map { Array($0.function.rawValue.utf8) })
            let alphas = layer.activations.filter(\.function.parameters.takesAlpha).map(\.alpha)
            let betas = layer.activations.filter(\.function.parameters.takesBeta).map(\.beta)
            if !alphas.isEmpty { attributes["activation_alpha"] = .floats(alphas) }
            if !betas.isEmpty { attributes["activation_beta"] = .floats(betas) }
        }
        if let clip = layer.clip { attributes["clip"] = .float(clip) }
        if layer.isBatchFirst {
            attributes["layout"] = .int(1)
            requireVersion(14)
        }
    }
}
