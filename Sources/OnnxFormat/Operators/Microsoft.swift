internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    /// ONNX Runtime's own quantized operators. Its QuantizeLinear and DequantizeLinear have more types than ONNX's of
    /// older operator sets; they are read only, for ONNX's of operator set 21 say the same.
    static let microsoftRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("QuantizeLinear", domain: "com.microsoft", QuantizeLinear.self) { node in
            QuantizeLinear(axis: try node.takeInt("axis") ?? 1)
        },
        OnnxOperatorRow("DequantizeLinear", domain: "com.microsoft", DequantizeLinear.self) { node in
            DequantizeLinear(axis: try node.takeInt("axis") ?? 1)
        },
        microsoftRow { QuantizedAddition() }, microsoftRow { QuantizedMultiplication() },
        microsoftRow { QuantizedSigmoid() }, microsoftRow { IntegerProductToFloat() },
        microsoftRow { DynamicQuantizedMatrixMultiplication() }, microsoftRow { QuantizedWhere() },
        OnnxOperatorRow("MatMulNBits", domain: "com.microsoft", BlockQuantizedMatrixMultiplication.self) { node in
            guard let rows = try node.takeInt("K"), let columns = try node.takeInt("N"),
                let blockSize = try node.takeInt("block_size")
            else { throw OctetError(.invalidModel, "attribute 'K', 'N' or 'block_size' is missing") }
            // How coarsely the product may be computed.
            _ = try node.takeInt("accuracy_level")
            return BlockQuantizedMatrixMultiplication(
                rows: rows, columns: columns, bits: try node.takeInt("bits") ?? 4, blockSize: blockSize)
        } write: { op, node in
            node.attributes["K"] = .int(op.rows)
            node.attributes["N"] = .int(op.columns)
            node.attributes["bits"] = .int(op.bits)
            node.attributes["block_size"] = .int(op.blockSize)
        },
        OnnxOperatorRow("QAttention", domain: "com.microsoft", QuantizedAttention.self) { node in
            guard let heads = try node.takeInt("num_heads") else {
                throw OctetError(.invalidModel, "attribute 'num_heads' is missing")
            }
            guard try node.takeFlag("do_rotary") != true, try node.takeFlag("past_present_share_buffer") != true else {
                throw node.unsupported("QAttention with 'do_rotary' or 'past_present_share_buffer' is not known")
            }
            return QuantizedAttention(
                heads: heads, isCausal: try node.takeFlag("unidirectional") ?? false,
                scale: try node.takeFloat("scale"),
                maskValue: try node.takeFloat("mask_filter_value") ?? -10000)
        } write: { op, node in
            node.attributes["num_heads"] = .int(op.heads)
            node.put("unidirectional", op.isCausal, unless: false)
            if let scale = op.scale { node.attributes["scale"] = .float(scale) }
            if op.maskValue != -10000 { node.attributes["mask_filter_value"] = .float(op.maskValue) }
        },
        OnnxOperatorRow("QLinearLeakyRelu", domain: "com.microsoft", QuantizedLeakyRelu.self) { node in
            QuantizedLeakyRelu(alpha: try node.takeFloat("alpha") ?? 0.01)
        } write: { op, node in
            node.attributes["alpha"] = .float(op.alpha)
        },
        OnnxOperatorRow("QLinearGlobalAveragePool", domain: "com.microsoft", QuantizedGlobalAveragePool.self) { node in
            try node.requireChannelsFirst()
            return QuantizedGlobalAveragePool()
        } write: { _, node in
            node.attributes["channels_last"] = .int(0)
        },
        OnnxOperatorRow("QLinearAveragePool", domain: "com.microsoft", QuantizedAveragePool.self) { node in
            try node.requireChannelsFirst()
            let pool = AveragePool(
                window: try node.takeWindow(), ceilMode: try node.takeFlag("ceil_mode") ?? false,
                countsPadding: try node.takeFlag("count_include_pad") ?? false)
            return QuantizedAveragePool(pool: pool)
        } write: { op, node in
            guard op.pool.window.dilations?.allSatisfy({ $0 == 1 }) ?? true else {
                throw node.unsupported("QLinearAveragePool has no dilations")
            }
            var window = op.pool.window
            window.dilations = nil
            node.putWindow(window)
            node.put("ceil_mode", op.pool.ceilMode, unless: false)
            node.put("count_include_pad", op.pool.countsPadding, unless: false)
        },
        OnnxOperatorRow("QLinearSoftmax", domain: "com.microsoft", QuantizedSoftmax.self) { node in
            let flattens = try node.takeInt("opset") ?? 13 < 13
            return QuantizedSoftmax(axis: try node.takeInt("axis") ?? (flattens ? 1 : -1), flattens: flattens)
        } write: { op, node in
            node.attributes["axis"] = .int(op.axis)
            node.attributes["opset"] = .int(op.flattens ? 12 : 13)
        },
        OnnxOperatorRow("QLinearConcat", domain: "com.microsoft", QuantizedConcatenation.self) { node in
            guard let axis = try node.takeInt("axis") else {
                throw OctetError(.invalidModel, "attribute 'axis' is missing")
            }
            return QuantizedConcatenation(axis: axis)
        } write: { op, node in
            node.attributes["axis"] = .int(op.axis)
        },
        OnnxOperatorRow("QGemm", domain: "com.microsoft", QuantizedGemm.self) { node in
            guard try node.takeFloat("alpha") ?? 1 == 1, try node.takeFlag("transA") != true else {
                throw node.unsupported("QGemm with 'alpha' or 'transA' is not known")
            }
            return QuantizedGemm(transposesB: try node.takeFlag("transB") ?? false)
        } write: { op, node in
            node.put("transB", op.transposesB, unless: false)
        },
    ]

    private static func microsoftRow<Op: Operator>(_ make: @escaping @Sendable () -> Op) -> OnnxOperatorRow {
        OnnxOperatorRow(Op.name, domain: "com.microsoft", Op.self) { _ in make() }
    }
}

extension OnnxNode {
    fileprivate mutating func requireChannelsFirst() throws {
        guard try takeFlag("channels_last") != true else {
            throw unsupported("pools with 'channels_last' are not known")
        }
    }
}
