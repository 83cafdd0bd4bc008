public import TensorCore

/// Walks the fields of one protobuf message in place.
///
/// Nothing is copied: the contents of length-delimited fields are slices of the same memory, which the caller keeps
/// alive. Every length is checked against what is left of the message before it is used.
/// Source: Protocol Buffers, "Encoding".
public struct ProtobufReader {
    /// How deep messages may lie inside each other.
    public static let depthLimit = 100

    /// The message.
    public let bytes: UnsafeRawBufferPointer
    @usableFromInline let origin: UnsafeRawPointer?
    @usableFromInline let depth: Int
    @usableFromInline var position = 0

    /// Reads a message that fills `bytes`.
    public init(_ bytes: UnsafeRawBufferPointer) {
        self.init(bytes, origin: bytes.baseAddress, depth: 0)
    }

    init(_ bytes: UnsafeRawBufferPointer, origin: UnsafeRawPointer?, depth: Int) {
        self.bytes = bytes
        self.origin = origin
        self.depth = depth
    }

    /// The next field, or `nil` at the end of the message.
    /// - Throws: `invalidModel` when a field is cut off, has a group or unknown wire type, or the number 0.
    @inlinable
    public mutating func next() throws -> ProtobufField? {
        guard position < bytes.count else { return nil }
        let start = position
        let tag = try varint()
        guard let number = Int(exactly: tag >> 3), number >= 1, number < 1 << 29 else {
            throw damage("a field has the number \(tag >> 3)", at: start)
        }
        let content: ProtobufField.Content
        switch tag & 7 {
        case 0: content = .varint(try varint())
        case 1: content = .fixed64(UInt64(littleEndian: try take(8, of: number).loadUnaligned(as: UInt64.self)))
        case 2:
            let length = try varint()
            guard let count = Int(exactly: length) else { throw cutOff(number, at: start) }
            content = .bytes(try take(count, of: number))
        case 5: content = .fixed32(UInt32(littleEndian: try take(4, of: number).loadUnaligned(as: UInt32.self)))
        default: throw damage("field \(number) has the wire type \(tag & 7)", at: start)
        }
        let whole = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        return ProtobufField(number: number, content: content, bytes: whole, origin: origin, depth: depth)
    }

    @inlinable
    mutating func varint() throws -> UInt64 {
        guard position < bytes.count else { throw damage("a number is cut off", at: position) }
        // Nearly all are of one byte.
        let first = bytes[position]
        if first < 0x80 {
            position += 1
            return UInt64(first)
        }
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw damage(shift < 64 ? "a number is cut off" : "a number is longer than ten bytes", at: position)
    }

    @inlinable
    mutating func take(_ count: Int, of number: Int) throws -> UnsafeRawBufferPointer {
        guard count <= bytes.count - position else { throw cutOff(number, at: position) }
        let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
        position += count
        return slice
    }

    @usableFromInline func cutOff(_ number: Int, at position: Int) -> OctetError {
        damage("field \(number) is longer than the message it lies in", at: position)
    }

    @usableFromInline func damage(_ message: String, at position: Int) -> OctetError {
        protobufDamage(message, at: bytes.baseAddress.map { $0 + position }, origin: origin)
    }
}

func protobufDamage(_ message: String, at place: UnsafeRawPointer?, origin: UnsafeRawPointer?) -> OctetError {
    var text = "the file is damaged: \(message)"
    if let place, let origin { text += " (byte \(place - origin))" }
    return OctetError(.invalidModel, text, remedy: "Check that the file is complete and of the expected format")
}
