internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let quantizationRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("QuantizeLinear", QuantizeLinear.self) { node in
            QuantizeLinear(
                axis: try node.takeInt("axis") ?? 1, blockSize: try node.takeInt("block_size") ?? 0,
                outputType: try node.takeElementType("output_dtype"), precision: try node.takeElementType("precision"),
                saturatesFloats: try node.takeFlag("saturate") ?? true)
        } write: { op, node in
            let isPerTensor = node.inputTypes.count > 1 && node.inputTypes[1]?.shape == []
            if !isPerTensor {
                node.put("axis", op.axis, unless: 1)
                node.requireVersion(13)
            }
            node.put("block_size", op.blockSize, unless: 0)
            node.put("saturate", op.saturatesFloats, unless: true)
            if let type = op.outputType { node.attributes["output_dtype"] = .int(OnnxElementType.number(type)) }
            if let type = op.precision { node.attributes["precision"] = .int(OnnxElementType.number(type)) }
            if !op.saturatesFloats { node.requireVersion(19) }
            if op.blockSize != 0 || op.outputType != nil || node.isWide(node.outputTypes.first ?? nil) {
                node.requireVersion(21)
            }
            if op.precision != nil { node.requireVersion(23) }
        },
        OnnxOperatorRow("DequantizeLinear", DequantizeLinear.self) { node in
            DequantizeLinear(
                axis: try node.takeInt("axis") ?? 1, blockSize: try node.takeInt("block_size") ?? 0,
                outputType: try node.takeElementType("output_dtype"))
        } write: { op, node in
            let isPerTensor = node.inputTypes.count > 1 && node.inputTypes[1]?.shape == []
            if !isPerTensor {
                node.put("axis", op.axis, unless: 1)
                node.requireVersion(13)
            }
            node.put("block_size", op.blockSize, unless: 0)
            if let type = op.outputType { node.attributes["output_dtype"] = .int(OnnxElementType.number(type)) }
            if op.blockSize != 0 || node.isWide(node.inputTypes.first ?? nil) { node.requireVersion(21) }
            if op.outputType != nil { node.requireVersion(23) }
        },
        plain { DynamicQuantizeLinear() },
        OnnxOperatorRow("QLinearConv", QuantizedConvolution.self) { node in
            QuantizedConvolution(window: try node.takeWindow(), group: try node.takeInt("group") ?? 1)
        } write: { op, node in
            node.putWindow(op.window)
            node.put("group", op.group, unless: 1)
        },
        OnnxOperatorRow("ConvInteger", IntegerConvolution.self) { node in
            IntegerConvolution(window: try node.takeWindow(), group: try node.takeInt("group") ?? 1)
        } write: { op, node in
            node.putWindow(op.window)
            node.put("group", op.group, unless: 1)
        },
        plain { QuantizedMatrixMultiplication() },
        plain { IntegerMatrixMultiplication() },
    ]
}

extension OnnxNode {
    /// Whether it rounds to or from 16 bits, without blocks.
    var isWideBorder: Bool {
        ["QuantizeLinear", "DequantizeLinear"].contains(type) && attributes["block_size"] == nil
            && (isWide(outputTypes.first ?? nil) || isWide(inputTypes.first ?? nil))
    }

    /// Integers of 16 bits, which are quantized data from operator set 21 on.
    fileprivate func isWide(_ type: TensorType?) -> Bool {
        type?.elementType == .int16 || type?.elementType == .uint16
    }

    /// An attribute that is a number of `TensorProto.DataType`; 0 is none.
    mutating func takeElementType(_ name: String) throws -> ElementType? {
        guard let number = try takeInt(name), number != 0 else { return nil }
        return try OnnxElementType.type(number)
    }
}
