internal import ModelGraph
internal import TensorCore
internal import WireFormats

/// A `ValueInfoProto`: a named value and its type.
struct OnnxValueInfo {
    var name = ""
    /// `.unknown` when the file says nothing, or something Octet has no type for.
    var type: ValueType = .unknown
    /// Why the type is unknown although the file gives one (maps, sparse tensors, unknown element types).
    var unsupported: OctetError?
    var annotations = Annotations()

    init(_ message: ProtobufReader) throws {
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try field.string()
            case 2:
                do {
                    type = try OnnxTypeReader.type(field.message())
                } catch let error as OctetError where error.kind == .unsupported {
                    unsupported = error
                }
            case 3: annotations.documentation = try field.string()
            case 4: annotations.properties.append(try field.stringPair())
            default: break
            }
        }
    }
}

/// `TypeProto`.
enum OnnxTypeReader {
    /// - Throws: `unsupported` for maps, sparse tensors, opaque types and unknown element types.
    static func type(_ message: ProtobufReader) throws -> ValueType {
        var reader = message
        var type: ValueType = .unknown
        while let field = try reader.next() {
            switch field.number {
            case 1: type = try tensorType(field.message())
            case 4: type = .sequence(try elementType(field.message()))
            case 9: type = .optional(try elementType(field.message()))
            case 5: throw OctetError(.unsupported, "values of a map type cannot be handled")
            case 7: throw OctetError(.unsupported, "values of an opaque type cannot be handled")
            case 8: throw OctetError(.unsupported, "sparse tensors cannot be handled")
            default: break
            }
        }
        return type
    }

    private static func elementType(_ message: ProtobufReader) throws -> ValueType {
        var reader = message
        var type: ValueType = .unknown
        while let field = try reader.next() {
            if field.number == 1 { type = try self.type(field.message()) }
        }
        return type
    }

    private static func tensorType(_ message: ProtobufReader) throws -> ValueType {
        var reader = message
        var number = 0
        var shape: [Dimension]?
        while let field = try reader.next() {
            switch field.number {
            case 1: number = try field.int()
            case 2: shape = try self.shape(field.message())
            default: break
            }
        }
        return number == 0 ? .unknown : .tensor(try OnnxElementType.type(number), shape)
    }

    private static func shape(_ message: ProtobufReader) throws -> [Dimension] {
        var reader = message
        var shape: [Dimension] = []
        while let field = try reader.next() {
            guard field.number == 1 else { continue }
            shape.append(try dimension(field.message()))
            guard shape.count <= 64 else {
                throw OctetError(.unsupported, "a tensor has too many axes", expected: "at most 64")
            }
        }
        return shape
    }

    /// Exporters also write -1, or an empty name, for an extent that is free.
    private static func dimension(_ message: ProtobufReader) throws -> Dimension {
        var reader = message
        var dimension = Dimension.unknown
        while let field = try reader.next() {
            switch field.number {
            case 1:
                let extent = try field.int()
                guard extent <= 1 << 40 else {
                    throw OctetError(.invalidModel, "a tensor has an impossible extent", found: "\(extent)")
                }
                dimension = extent < 0 ? .unknown : .fixed(extent)
            case 2:
                let name = try field.string()
                dimension = name.isEmpty ? .unknown : .symbol(name)
            default: break
            }
        }
        return dimension
    }
}
