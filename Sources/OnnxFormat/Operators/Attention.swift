internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let attentionRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("Attention", Attention.self) { node in
            guard let output = Attention.ScoreOutput(rawValue: try node.takeInt("qk_matmul_output_mode") ?? 0) else {
                throw node.unsupported("attribute 'qk_matmul_output_mode' has an unknown value")
            }
            return Attention(
                queryHeads: try node.takeInt("q_num_heads"), keyHeads: try node.takeInt("kv_num_heads"),
                scale: try node.takeFloat("scale"), softCap: try node.takeFloat("softcap") ?? 0,
                isCausal: try node.takeFlag("is_causal") ?? false,
                leftWindow: try node.takeInt("left_window_size").flatMap { $0 < 0 ? nil : $0 },
                rightWindow: try node.takeInt("right_window_size").flatMap { $0 < 0 ? nil : $0 },
                scoreOutput: output, softmaxType: try node.takeInt("softmax_precision").map(OnnxElementType.type))
        } write: { op, node in
            if let heads = op.queryHeads { node.attributes["q_num_heads"] = .int(heads) }
            if let heads = op.keyHeads { node.attributes["kv_num_heads"] = .int(heads) }
            if let scale = op.scale { node.attributes["scale"] = .float(scale) }
            if op.softCap != 0 { node.attributes["softcap"] = .float(op.softCap) }
            node.put("is_causal", op.isCausal, unless: false)
            node.put("left_window_size", op.leftWindow ?? -1, unless: -1)
            node.put("right_window_size", op.rightWindow ?? -1, unless: -1)
            if op.leftWindow != nil || op.rightWindow != nil { node.requireVersion(25) }
            node.put("qk_matmul_output_mode", op.scoreOutput.rawValue, unless: 0)
            if let type = op.softmaxType { node.attributes["softmax_precision"] = .int(OnnxElementType.number(type)) }
        },
        OnnxOperatorRow("RotaryEmbedding", RotaryEmbedding.self) { node in
            RotaryEmbedding(
                isInterleaved: try node.takeFlag("interleaved") ?? false,
                width: try node.takeInt("rotary_embedding_dim") ?? 0, heads: try node.takeInt("num_heads") ?? 0)
        } write: { op, node in
            node.put("interleaved", op.isInterleaved, unless: false)
            node.put("rotary_embedding_dim", op.width, unless: 0)
            node.put("num_heads", op.heads, unless: 0)
        },
        OnnxOperatorRow("NegativeLogLikelihoodLoss", NegativeLogLikelihoodLoss.self) { node in
            try node.takeLoss()
        } write: { op, node in
            node.putLoss(op)
        },
        OnnxOperatorRow("SoftmaxCrossEntropyLoss", SoftmaxCrossEntropyLoss.self) { node in
            SoftmaxCrossEntropyLoss(loss: try node.takeLoss())
        } write: { op, node in
            node.putLoss(op.loss)
        },
    ]
}

extension OnnxNode {
    fileprivate mutating func takeLoss() throws -> NegativeLogLikelihoodLoss {
        let name = try takeString("reduction") ?? "mean"
        guard let reduction = LossReduction(rawValue: name) else {
            throw OctetError(.invalidModel, "attribute 'reduction' is unknown", found: name)
        }
        return NegativeLogLikelihoodLoss(reduction: reduction, ignoredClass: try takeInt("ignore_index"))
    }

    fileprivate mutating func putLoss(_ loss: NegativeLogLikelihoodLoss) {
        attributes["reduction"] = .string(Array(loss.reduction.rawValue.utf8))
        if let ignored = loss.ignoredClass { attributes["ignore_index"] = .int(ignored) }
    }
}
