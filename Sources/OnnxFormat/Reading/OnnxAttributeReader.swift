internal import ModelGraph
internal import TensorCore
internal import WireFormats

/// `AttributeProto`.
struct OnnxAttributeReader {
    let tensors: OnnxTensorReader
    /// The call of a function that the attribute's node belongs to.
    let frame: OnnxFunctionFrame?
    /// Reads a subgraph in the scope of the node.
    let subgraph: (ProtobufReader) throws -> Graph

    /// - Returns: `nil` for an attribute that stands for one of a call which the call leaves out.
    func read(_ message: ProtobufReader) throws -> (name: String, value: OnnxAttribute)? {
        let own = try fields(message)
        guard !own.name.isEmpty else { throw OctetError(.invalidModel, "an attribute has no name") }
        guard !own.reference.isEmpty else { return (own.name, try value(own)) }
        guard let frame else {
            throw OctetError(.invalidModel, "an attribute refers to a function's outside a function")
        }
        guard let bound = frame.attributes[own.reference] else { return nil }
        let value = try value(try fields(bound))
        if case .raw = value {
            throw OctetError(
                .unsupported, "attribute '\(own.name)' of a function is of a kind that cannot be passed on")
        }
        return (own.name, value)
    }

    private func fields(_ message: ProtobufReader) throws -> Fields {
        var fields = Fields(message: message)
        var reader = message
        while let field = try reader.next() { try take(field, into: &fields) }
        return fields
    }

    private struct Fields {
        let message: ProtobufReader
        var name = ""
        /// The attribute of the function's call that this one stands for.
        var reference = ""
        var type = 0
        /// The field number of the contents that came last, for files older than the `type` field.
        var last = 0
        var float: Float = 0
        var int = 0
        var string: [UInt8] = []
        var floats: [Float] = []
        var ints: [Int] = []
        var strings: [[UInt8]] = []
        var tensors: [ProtobufReader] = []
        var graphs: [ProtobufReader] = []
    }

    private func take(_ field: ProtobufField, into fields: inout Fields) throws {
        switch field.number {
        case 1: fields.name = try field.string()
        case 2: fields.float = try field.float()
        case 3: fields.int = try field.int()
        case 4: fields.string = try field.byteArray()
        case 5, 10: fields.tensors.append(try field.message())
        case 6, 11: fields.graphs.append(try field.message())
        case 7: try field.appendFloats(to: &fields.floats)
        case 8: try field.appendInts(to: &fields.ints)
        case 9: fields.strings.append(try field.byteArray())
        case 20: fields.type = try field.int()
        case 21: fields.reference = try field.string()
        default: break
        }
        if 2...11 ~= field.number { fields.last = field.number }
    }

    /// The values of `AttributeType` are those of the fields less one up to 10; kinds beyond stay raw.
    private func value(_ fields: Fields) throws -> OnnxAttribute {
        switch fields.type == 0 ? fields.last - 1 : fields.type {
        case 1: return .float(fields.float)
        case 2: return .int(fields.int)
        case 3: return .string(fields.string)
        case 4: return .tensor(try only(fields.tensors.map { try tensors.read($0).tensor }, fields))
        case 5: return .graph(try only(fields.graphs.map(subgraph), fields))
        case 6: return .floats(fields.floats)
        case 7: return .ints(fields.ints)
        case 8: return .strings(fields.strings)
        case 9: return .tensors(try fields.tensors.map { try tensors.read($0).tensor })
        case 10: return .graphs(try fields.graphs.map(subgraph))
        case 11...14: return .raw(Array(fields.message.bytes))
        default:
            throw OctetError(.unsupported, "attribute '\(fields.name)' has the unknown kind \(fields.type)")
        }
    }

    private func only<Element>(_ elements: [Element], _ fields: Fields) throws -> Element {
        guard let element = elements.last else {
            throw OctetError(.invalidModel, "attribute '\(fields.name)' is empty")
        }
        return element
    }
}
