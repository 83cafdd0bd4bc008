/// A protobuf message as a tree that can be changed anywhere and written again, right or wrong.
struct OnnxMessage: Hashable {
    struct Field: Hashable {
        var number: Int
        var content: Content
    }

    enum Content: Hashable {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes([UInt8])
        case message(OnnxMessage)
    }

    var kind: Kind
    var fields: [Field]

    /// The messages of ONNX that a mutation tells apart. Source: onnx.proto.
    enum Kind: Hashable, CaseIterable {
        case model, graph, node, attribute, tensor, valueInfo, type, tensorType, shape, dimension, pair
        case operatorSet, function

        /// The kind of the messages in a field; `nil` for a field that holds text, data or numbers.
        func child(_ number: Int) -> Kind? {
            switch (self, number) {
            case (.model, 7), (.attribute, 6), (.attribute, 11): .graph
            case (.model, 8), (.function, 9): .operatorSet
            case (.model, 14), (.tensor, 13): .pair
            case (.model, 25): .function
            case (.graph, 1), (.function, 7): .node
            case (.graph, 5), (.attribute, 5), (.attribute, 10): .tensor
            case (.graph, 11), (.graph, 12), (.graph, 13), (.function, 12): .valueInfo
            case (.node, 5), (.function, 11): .attribute
            case (.valueInfo, 2), (.attribute, 14), (.type, 4), (.type, 9): .type
            case (.type, 1): .tensorType
            case (.tensorType, 1): .type
            case (.tensorType, 2): .shape
            case (.shape, 1): .dimension
            default: nil
            }
        }

        /// Whether a field of bytes is a name or another text.
        func isText(_ number: Int) -> Bool {
            switch self {
            case .model: [2, 3, 4, 6].contains(number)
            case .graph: number == 2 || number == 10
            case .node: [1, 2, 3, 4, 6, 7].contains(number)
            case .attribute: [1, 4, 9, 13, 21].contains(number)
            case .tensor: number == 8
            case .pair, .valueInfo, .dimension, .operatorSet: number <= 3
            case .function: [1, 4, 5, 6, 8, 10].contains(number)
            case .type, .tensorType, .shape: false
            }
        }
    }

    /// - Returns: `nil` when the bytes are no protobuf message.
    init?(_ bytes: ArraySlice<UInt8>, kind: Kind, depth: Int = 0) {
        guard depth < 40 else { return nil }
        self.kind = kind
        fields = []
        var rest = bytes
        while !rest.isEmpty {
            guard let tag = Self.varint(&rest) else { return nil }
            let number = Int(truncatingIfNeeded: tag >> 3)
            switch tag & 7 {
            case 0:
                guard let value = Self.varint(&rest) else { return nil }
                fields.append(Field(number: number, content: .varint(value)))
            case 1:
                guard let value = Self.fixed(&rest, 8) else { return nil }
                fields.append(Field(number: number, content: .fixed64(value)))
            case 5:
                guard let value = Self.fixed(&rest, 4) else { return nil }
                fields.append(Field(number: number, content: .fixed32(UInt32(truncatingIfNeeded: value))))
            case 2:
                guard let length = Self.varint(&rest), length <= UInt64(rest.count) else { return nil }
                let slice = rest.prefix(Int(length))
                rest = rest.dropFirst(Int(length))
                let inner = kind.child(number).flatMap { OnnxMessage(slice, kind: $0, depth: depth + 1) }
                fields.append(Field(number: number, content: inner.map(Content.message) ?? .bytes(Array(slice))))
            default: return nil
            }
        }
    }

    private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    private static func fixed(_ bytes: inout ArraySlice<UInt8>, _ count: Int) -> UInt64? {
        guard bytes.count >= count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    var bytes: [UInt8] {
        var result: [UInt8] = []
        for field in fields { Self.append(field, to: &result) }
        return result
    }

    private static func append(_ field: Field, to bytes: inout [UInt8]) {
        let tag = UInt64(truncatingIfNeeded: field.number) << 3
        switch field.content {
        case .varint(let value):
            append(tag, to: &bytes)
            append(value, to: &bytes)
        case .fixed64(let value):
            append(tag | 1, to: &bytes)
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        case .fixed32(let value):
            append(tag | 5, to: &bytes)
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        case .bytes(let data):
            append(tag | 2, to: &bytes)
            append(UInt64(data.count), to: &bytes)
            bytes += data
        case .message(let message):
            let data = message.bytes
            append(tag | 2, to: &bytes)
            append(UInt64(data.count), to: &bytes)
            bytes += data
        }
    }

    private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

extension OnnxMessage {
    /// Visits every field with the way to it and the kind of the message it lies in.
    func forEachField(_ path: [Int] = [], _ body: ([Int], Kind, Field) -> Void) {
        for (index, field) in fields.enumerated() {
            body(path + [index], kind, field)
            if case .message(let inner) = field.content { inner.forEachField(path + [index], body) }
        }
    }

    /// Changes the list of fields that a path's last field lies in; does nothing where the path leads nowhere.
    mutating func change(_ path: ArraySlice<Int>, _ body: (inout OnnxMessage, Int) -> Void) {
        guard let first = path.first, fields.indices.contains(first) else { return }
        if path.count == 1 { return body(&self, first) }
        guard case .message(var inner) = fields[first].content else { return }
        inner.change(path.dropFirst(), body)
        fields[first].content = .message(inner)
    }
}
