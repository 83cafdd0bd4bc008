internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let indexingRows: [OnnxOperatorRow] = typeRows + gatherRows + scatterRows

    private static let gatherRows: [OnnxOperatorRow] = [
        plain { NonZero() }, plain { NumberRange() },
        OnnxOperatorRow("Gather", Gather.self) { node in
            Gather(axis: try node.takeInt("axis") ?? 0)
        } write: { op, node in
            node.put("axis", op.axis, unless: 0)
        },
        OnnxOperatorRow("GatherElements", GatherElements.self) { node in
            GatherElements(axis: try node.takeInt("axis") ?? 0)
        } write: { op, node in
            node.put("axis", op.axis, unless: 0)
        },
        OnnxOperatorRow("GatherND", GatherND.self) { node in
            GatherND(batchAxes: try node.takeInt("batch_dims") ?? 0)
        } write: { op, node in
            node.put("batch_dims", op.batchAxes, unless: 0)
            if op.batchAxes != 0 { node.requireVersion(12) }
        },
        OnnxOperatorRow("TopK", TopK.self) { node in
            if node.version < 10, let count = try node.takeInt("k") {
                node.setConstantInput(1, "k", Tensor([Int64(count)], shape: [1]))
            }
            return TopK(
                axis: try node.takeInt("axis") ?? -1, selectsLargest: try node.takeFlag("largest") ?? true,
                sorts: try node.takeFlag("sorted") ?? true)
        } write: { op, node in
            node.requireVersion(op.selectsLargest && op.sorts ? 10 : 11)
            node.put("axis", op.axis, unless: -1)
            node.put("largest", op.selectsLargest, unless: true)
            node.put("sorted", op.sorts, unless: true)
        },
        OnnxOperatorRow("Compress", Compress.self) { node in
            Compress(axis: try node.takeInt("axis"))
        } write: { op, node in
            if let axis = op.axis { node.attributes["axis"] = .int(axis) }
        },
    ]

    private static let scatterRows: [OnnxOperatorRow] = [
        scatterRow("ScatterElements"), scatterRow("Scatter"),
        OnnxOperatorRow("ScatterND", ScatterND.self) { node in
            ScatterND(reduction: try node.takeScatterReduction())
        } write: { op, node in
            node.putScatterReduction(op.reduction)
        },
        OnnxOperatorRow("OneHot", OneHot.self) { node in
            OneHot(axis: try node.takeInt("axis") ?? -1)
        } write: { op, node in
            node.put("axis", op.axis, unless: -1)
        },
        OnnxOperatorRow("Trilu", Trilu.self) { node in
            Trilu(keepsUpper: try node.takeFlag("upper") ?? true)
        } write: { op, node in
            node.put("upper", op.keepsUpper, unless: true)
        },
        OnnxOperatorRow("EyeLike", EyeLike.self) { node in
            EyeLike(elementType: try node.takeElementType("dtype"), diagonal: try node.takeInt("k") ?? 0)
        } write: { op, node in
            if let type = op.elementType { node.attributes["dtype"] = .int(OnnxElementType.number(type)) }
            node.put("k", op.diagonal, unless: 0)
        },
    ]

    private static func scatterRow(_ type: String) -> OnnxOperatorRow {
        OnnxOperatorRow(type, ScatterElements.self) { node in
            ScatterElements(axis: try node.takeInt("axis") ?? 0, reduction: try node.takeScatterReduction())
        } write: { op, node in
            node.put("axis", op.axis, unless: 0)
            node.putScatterReduction(op.reduction)
        }
    }

    private static let typeRows: [OnnxOperatorRow] = [
        plain { Size() },
        OnnxOperatorRow("Shape", ShapeOf.self) { node in
            ShapeOf(start: try node.takeInt("start") ?? 0, end: try node.takeInt("end"))
        } write: { op, node in
            node.put("start", op.start, unless: 0)
            if let end = op.end { node.attributes["end"] = .int(end) }
            if op.start != 0 || op.end != nil { node.requireVersion(15) }
        },
        OnnxOperatorRow("ConstantOfShape", ConstantOfShape.self) { node in
            try node.takeTensor("value").map { ConstantOfShape(value: $0) } ?? ConstantOfShape()
        } write: { op, node in
            node.attributes["value"] = .tensor(op.value)
        },
        OnnxOperatorRow("Cast", Cast.self) { node in
            let narrowing = try node.takeNarrowing()
            guard let code = try node.takeInt("to") else {
                throw OctetError(.invalidModel, "attribute 'to' is missing")
            }
            return Cast(to: try OnnxElementType.type(code), narrowing: narrowing)
        } write: { op, node in
            node.attributes["to"] = .int(OnnxElementType.number(op.to))
            node.putNarrowing(op.narrowing)
        },
        OnnxOperatorRow("CastLike", CastLike.self) { node in
            CastLike(narrowing: try node.takeNarrowing())
        } write: { op, node in
            node.putNarrowing(op.narrowing)
        },
    ]
}

extension OnnxNode {
    fileprivate mutating func takeNarrowing() throws -> Cast.Narrowing {
        let saturates = try takeFlag("saturate") ?? true
        let name = try takeString("round_mode") ?? "up"
        guard let rounding = PowerRounding(rawValue: name) else {
            throw unsupported("attribute 'round_mode' is '\(name)', which is unknown")
        }
        return Cast.Narrowing(saturates: saturates, rounding: rounding)
    }

    fileprivate mutating func putNarrowing(_ narrowing: Cast.Narrowing) {
        if !narrowing.saturates { requireVersion(19) }
        put("saturate", narrowing.saturates, unless: true)
        guard narrowing.rounding != .up else { return }
        attributes["round_mode"] = .string(Array(narrowing.rounding.rawValue.utf8))
        requireVersion(24)
    }

    fileprivate mutating func takeScatterReduction() throws -> ScatterReduction {
        let text = try takeString("reduction") ?? "none"
        guard let reduction = ScatterReduction(rawValue: text) else {
            throw unsupported("attribute 'reduction' is '\(text)', which is unknown")
        }
        return reduction
    }

    fileprivate mutating func putScatterReduction(_ reduction: ScatterReduction) {
        guard reduction != .none else { return }
        attributes["reduction"] = .string(Array(reduction.rawValue.utf8))
        requireVersion(reduction == .add || reduction == .mul ? 16 : 18)
    }
}
