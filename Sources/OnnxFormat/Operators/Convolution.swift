internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let convolutionRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("Conv", Convolution.self) { node in
            Convolution(window: try node.takeWindow(), group: try node.takeInt("group") ?? 1)
        } write: { op, node in
            node.putWindow(op.window)
            node.attributes["group"] = .int(op.group)
        },
        OnnxOperatorRow("ConvTranspose", TransposedConvolution.self) { node in
            TransposedConvolution(
                window: try node.takeWindow(), group: try node.takeInt("group") ?? 1,
                outputPadding: try node.takeInts("output_padding"), outputShape: try node.takeInts("output_shape"))
        } write: { op, node in
            node.putWindow(op.window)
            node.put("group", op.group, unless: 1)
            if let padding = op.outputPadding { node.attributes["output_padding"] = .ints(padding) }
            if let shape = op.outputShape { node.attributes["output_shape"] = .ints(shape) }
        },
    ]
}

extension OnnxNode {
    /// The attributes that convolutions and pools share.
    mutating func takeWindow() throws -> SpatialWindow {
        let padding: SpatialWindow.Padding =
            switch try takeString("auto_pad") ?? "NOTSET" {
            case "NOTSET": .explicit(try takeInts("pads"))
            case "SAME_UPPER": .sameUpper
            case "SAME_LOWER": .sameLower
            case "VALID": .valid
            case let other:
                throw OctetError(
                    .invalidModel, "attribute 'auto_pad' is unknown", node: name, operatorName: type,
                    expected: "NOTSET, SAME_UPPER, SAME_LOWER or VALID", found: other)
            }
        attributes["pads"] = nil
        return SpatialWindow(
            kernel: try takeInts("kernel_shape"), strides: try takeInts("strides"),
            dilations: try takeInts("dilations"), padding: padding)
    }

    mutating func putWindow(_ window: SpatialWindow) {
        if let kernel = window.kernel { attributes["kernel_shape"] = .ints(kernel) }
        if let strides = window.strides { attributes["strides"] = .ints(strides) }
        if let dilations = window.dilations { attributes["dilations"] = .ints(dilations) }
        switch window.padding {
        case .explicit(let pads): if let pads { attributes["pads"] = .ints(pads) }
        case .sameUpper: attributes["auto_pad"] = .string(Array("SAME_UPPER".utf8))
        case .sameLower: attributes["auto_pad"] = .string(Array("SAME_LOWER".utf8))
        case .valid: attributes["auto_pad"] = .string(Array("VALID".utf8))
        }
    }
}
