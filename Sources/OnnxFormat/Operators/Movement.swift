internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let movementRows: [OnnxOperatorRow] = shapeRows + cuttingRows + blockRows

    private static let shapeRows: [OnnxOperatorRow] = [
        plain { Identity() }, plain { Expansion() }, plain { Tile() },
        OnnxOperatorRow("Reshape", Reshape.self) { node in
            if node.version < 5 { try node.moveIntsToInput("shape", 1) }
            return Reshape(allowsZero: try node.takeFlag("allowzero") ?? false)
        } write: { op, node in
            node.put("allowzero", op.allowsZero, unless: false)
            if op.allowsZero { node.requireVersion(14) }
        },
        OnnxOperatorRow("Flatten", Flatten.self) { node in
            Flatten(axis: try node.takeInt("axis") ?? 1)
        } write: { op, node in
            node.attributes["axis"] = .int(op.axis)
        },
        OnnxOperatorRow("Squeeze", Squeeze.self) { node in
            if node.version < 13 { try node.moveIntsToInput("axes", 1) }
            return Squeeze()
        } write: { _, node in
            if node.version < 13 { try node.moveInputToInts(1, "axes") }
        },
        OnnxOperatorRow("Unsqueeze", Unsqueeze.self) { node in
            if node.version < 13 { try node.moveIntsToInput("axes", 1) }
            return Unsqueeze()
        } write: { _, node in
            if node.version < 13 { try node.moveInputToInts(1, "axes") }
        },
        OnnxOperatorRow("Transpose", Transpose.self) { node in
            Transpose(permutation: try node.takeInts("perm"))
        } write: { op, node in
            if let permutation = op.permutation { node.attributes["perm"] = .ints(permutation) }
        },
        OnnxOperatorRow("Dropout", Dropout.self) { node in
            _ = try node.takeInt("seed")
            guard try node.takeFlag("is_test") != false else {
                throw node.unsupported("Dropout in training mode is not known")
            }
            if node.version < 12 { try node.moveFloatToInput("ratio", 1) }
            return Dropout()
        } write: { _, node in
            if node.version < 12 { try node.moveInputToFloat(1, "ratio") }
        },
    ]

    private static let blockRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("DepthToSpace", DepthToSpace.self) { node in
            DepthToSpace(blockSize: try node.takeInt("blocksize") ?? 0, order: try node.takeBlockOrder())
        } write: { op, node in
            node.attributes["blocksize"] = .int(op.blockSize)
            guard op.order != .depthColumnRow else { return }
            node.attributes["mode"] = .string(Array(op.order.rawValue.utf8))
            node.requireVersion(11)
        },
        OnnxOperatorRow("SpaceToDepth", SpaceToDepth.self) { node in
            SpaceToDepth(blockSize: try node.takeInt("blocksize") ?? 0, order: try node.takeBlockOrder())
        } write: { op, node in
            node.attributes["blocksize"] = .int(op.blockSize)
            guard op.order != .depthColumnRow else { return }
            node.attributes["mode"] = .string(Array(op.order.rawValue.utf8))
            node.requireVersion(28)
        },
    ]

    private static let cuttingRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("Concat", Concatenation.self) { node in
            guard let axis = try node.takeInt("axis") ?? (node.version < 4 ? 1 : nil) else {
                throw OctetError(.invalidModel, "attribute 'axis' is missing")
            }
            return Concatenation(axis: axis)
        } write: { op, node in
            node.attributes["axis"] = .int(op.axis)
        },
        OnnxOperatorRow("Split", Split.self) { node in
            if node.version < 13 { try node.moveIntsToInput("split", 1) }
            if let count = try node.takeInt("num_outputs"), count != node.outputs.count {
                throw OctetError(
                    .invalidModel, "attribute 'num_outputs' contradicts the outputs", expected: "\(node.outputs.count)",
                    found: "\(count)")
            }
            return Split(axis: try node.takeInt("axis") ?? 0)
        } write: { op, node in
            node.put("axis", op.axis, unless: 0)
            let hasSizes = node.inputs.count > 1 && !node.inputs[1].isEmpty
            if node.version < 13 {
                try node.moveInputToInts(1, "split")
            } else if !hasSizes {
                node.requireVersion(18)
                node.attributes["num_outputs"] = .int(node.outputs.count)
            }
        },
        OnnxOperatorRow("Slice", Slice.self) { node in
            if node.version < 10 {
                try node.moveIntsToInput("starts", 1)
                try node.moveIntsToInput("ends", 2)
                try node.moveIntsToInput("axes", 3)
            }
            return Slice()
        } write: { _, node in
            node.requireVersion(10)
        },
        OnnxOperatorRow("Pad", Pad.self) { node in
            let text = try node.takeString("mode") ?? "constant"
            guard let mode = Pad.Mode(rawValue: text) else {
                throw node.unsupported("attribute 'mode' is '\(text)', which is unknown")
            }
            if node.version < 11 {
                try node.moveIntsToInput("pads", 1)
                try node.moveFloatToInput("value", 2)
            }
            return Pad(mode: mode)
        } write: { op, node in
            node.requireVersion(op.mode == .wrap ? 19 : node.inputs.count > 3 ? 18 : 11)
            if op.mode != .constant { node.attributes["mode"] = .string(Array(op.mode.rawValue.utf8)) }
            node.matchElementType(ofInput: 2, suffix: "value")
        },
    ]
}

extension OnnxNode {
    fileprivate mutating func takeBlockOrder() throws -> BlockOrder {
        let text = try takeString("mode") ?? "DCR"
        guard let order = BlockOrder(rawValue: text) else {
            throw unsupported("attribute 'mode' is '\(text)', which is unknown")
        }
        return order
    }
}
