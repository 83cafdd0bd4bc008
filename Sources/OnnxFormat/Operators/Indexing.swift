internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let indexingRows: [OnnxOperatorRow] = [
        plain { Size() },
        OnnxOperatorRow("Shape", ShapeOf.self) { node in
            ShapeOf(start: try node.takeInt("start") ?? 0, end: try node.takeInt("end"))
        } write: { op, node in
            node.put("start", op.start, unless: 0)
            if let end = op.end { node.attributes["end"] = .int(end) }
            if op.start != 0 || op.end != nil { node.requireVersion(15) }
        },
        OnnxOperatorRow("Gather", Gather.self) { node in
            Gather(axis: try node.takeInt("axis") ?? 0)
        } write: { op, node in
            node.put("axis", op.axis, unless: 0)
        },
        OnnxOperatorRow("ConstantOfShape", ConstantOfShape.self) { node in
            try node.takeTensor("value").map { ConstantOfShape(value: $0) } ?? ConstantOfShape()
        } write: { op, node in
            node.attributes["value"] = .tensor(op.value)
        },
        OnnxOperatorRow("Cast", Cast.self) { node in
            _ = try node.takeInt("saturate")
            _ = try node.takeString("round_mode")
            guard let code = try node.takeInt("to") else { throw OctetError(.invalidModel, "attribute 'to' is missing") }
            return Cast(to: try OnnxElementType.type(code))
        } write: { op, node in
            node.attributes["to"] = .int(OnnxElementType.number(op.to))
        },
        OnnxOperatorRow("CastLike", CastLike.self) { node in
            _ = try node.takeInt("saturate")
            _ = try node.takeString("round_mode")
            return CastLike()
        },
    ]
}
