internal import ModelGraph
internal import Operators
internal import TensorCore
internal import WireFormats

extension OnnxOperatorTable {
    static let containerRows: [OnnxOperatorRow] = [
        plain { SequenceConstruct() }, plain { SequenceAt() }, plain { SequenceInsert() }, plain { SequenceErase() },
        plain { SequenceLength() }, plain { OptionalHasElement() }, plain { OptionalGetElement() },
        OnnxOperatorRow("SequenceEmpty", SequenceEmpty.self) { node in
            SequenceEmpty(elementType: try node.takeInt("dtype").map(OnnxElementType.type) ?? .float32)
        } write: { op, node in
            node.attributes["dtype"] = .int(OnnxElementType.number(op.elementType))
        },
        OnnxOperatorRow("SplitToSequence", SplitToSequence.self) { node in
            SplitToSequence(
                axis: try node.takeInt("axis") ?? 0, keepsAxis: try node.takeFlag("keepdims") ?? true)
        } write: { op, node in
            node.put("axis", op.axis, unless: 0)
            node.put("keepdims", op.keepsAxis, unless: true)
        },
        OnnxOperatorRow("ConcatFromSequence", ConcatFromSequence.self) { node in
            guard let axis = try node.takeInt("axis") else {
                throw OctetError(.invalidModel, "attribute 'axis' is missing")
            }
            return ConcatFromSequence(axis: axis, addsAxis: try node.takeFlag("new_axis") ?? false)
        } write: { op, node in
            node.attributes["axis"] = .int(op.axis)
            node.put("new_axis", op.addsAxis, unless: false)
        },
        OnnxOperatorRow("Optional", OptionalValue.self) { node in
            OptionalValue(wrapped: try node.takeType("type"))
        } write: { op, node in
            if let type = op.wrapped { node.putType("type", type) }
        },
    ]
}

extension OnnxNode {
    /// An attribute that is a `TypeProto` (field 14 of its message).
    fileprivate mutating func takeType(_ name: String) throws -> ValueType? {
        guard let attribute = attributes.take(name) else { return nil }
        guard case .raw(let bytes) = attribute else {
            throw OctetError(.invalidModel, "attribute '\(name)' has the wrong type", expected: "a type")
        }
        return try bytes.withUnsafeBytes { bytes in
            var reader = ProtobufReader(bytes)
            while let field = try reader.next() {
                if field.number == 14 { return try OnnxTypeReader.type(field.message()) }
            }
            throw OctetError(.invalidModel, "attribute '\(name)' holds no type")
        }
    }

    fileprivate mutating func putType(_ name: String, _ type: ValueType) {
        var message = ProtobufWriter()
        message.add(1, name)
        message.add(14) { $0.addTypeFields(type) }
        message.add(20, 13)
        var bytes: [UInt8] = []
        message.write { bytes.append(contentsOf: $0) }
        attributes[name] = .raw(bytes)
    }
}
