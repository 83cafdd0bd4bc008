public import ModelGraph
internal import TensorCore
internal import WireFormats

/// Files that hold one value: a `TensorProto`, `SequenceProto` or `OptionalProto`, as ONNX's test data do.
///
/// The file does not say which of them it is; the type the model declares for the value does.
/// Source: onnx-data.proto.
public enum OnnxTensorFile {
    /// Reads a value. Its tensors point into the mapped file.
    /// - Parameter type: the declared type; `.unknown` is taken for a tensor. Element types and shapes are not
    ///   compared.
    /// - Throws: `inputOutput`, `invalidModel`, or `unsupported` for maps and sparse tensors.
    public static func read(path: String, type: ValueType) throws -> Datum {
        let file = try MappedFile(path: path)
        let tensors = OnnxTensorReader(owner: file, externalData: OnnxExternalData(modelPath: path))
        do {
            return try file.withBytes { try read(ProtobufReader($0), type, tensors) }
        } catch let error as OctetError {
            throw error.at(file: path)
        }
    }

    /// Writes a value.
    /// - Throws: `inputOutput` when the file cannot be written.
    public static func write(_ value: Datum, name: String = "", to path: String) throws {
        var message = ProtobufWriter()
        addFields(of: value, name: name, to: &message)
        let file = try AtomicFile(path: path)
        try message.write { try file.append($0) }
        try file.commit()
    }

    private static func read(
        _ message: ProtobufReader, _ type: ValueType, _ tensors: OnnxTensorReader
    ) throws -> Datum {
        switch type {
        case .tensor, .unknown: return .tensor(try tensors.read(message).tensor)
        case .sequence: return .sequence(try elements(of: message, tensors))
        case .optional: return .optional(try elements(of: message, tensors).last)
        }
    }

    /// The fields of `SequenceProto` and `OptionalProto` for each kind of element have the same numbers.
    private static func elements(of message: ProtobufReader, _ tensors: OnnxTensorReader) throws -> [Datum] {
        var elements: [Datum] = []
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 3: elements.append(.tensor(try tensors.read(field.message()).tensor))
            case 4: throw OctetError(.unsupported, "sparse tensors cannot be read")
            case 5: elements.append(.sequence(try self.elements(of: field.message(), tensors)))
            case 6: throw OctetError(.unsupported, "maps cannot be read")
            case 7: elements.append(.optional(try self.elements(of: field.message(), tensors).last))
            default: break
            }
        }
        return elements
    }

    private static func addFields(of value: Datum, name: String, to message: inout ProtobufWriter) {
        let elements: [Datum]
        switch value {
        case .tensor(let tensor): return message.addTensorFields(tensor, name: name)
        case .sequence(let values): elements = values
        case .optional(let wrapped): elements = wrapped.map { [$0] } ?? []
        }
        if !name.isEmpty { message.add(1, name) }
        let elementType = elements.first.map { number($0).elementType } ?? 1
        message.add(2, elementType)
        for element in elements {
            message.add(number(element).field) { addFields(of: element, name: "", to: &$0) }
        }
    }

    /// The number of an element's kind in `DataType`, and of the field that holds such elements.
    private static func number(_ element: Datum) -> (elementType: Int, field: Int) {
        switch element {
        case .tensor: (1, 3)
        case .sequence: (3, 5)
        case .optional: (5, 7)
        }
    }
}
