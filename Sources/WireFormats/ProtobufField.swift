internal import TensorCore

/// One field of a protobuf message, and typed ways to look at it.
///
/// Each accessor throws `invalidModel` when the field was written with another wire type.
public struct ProtobufField {
    /// What the wire holds.
    public enum Content {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes(UnsafeRawBufferPointer)
    }

    /// The field's number in its message.
    public let number: Int
    /// What the wire holds.
    public let content: Content
    /// The whole field with its tag, for carrying it over verbatim.
    public let bytes: UnsafeRawBufferPointer
    @usableFromInline let origin: UnsafeRawPointer?
    @usableFromInline let depth: Int

    @inlinable
    init(number: Int, content: Content, bytes: UnsafeRawBufferPointer, origin: UnsafeRawPointer?, depth: Int) {
        self.number = number
        self.content = content
        self.bytes = bytes
        self.origin = origin
        self.depth = depth
    }

    /// `int64`, `int32` or an enumeration.
    public func int64() throws -> Int64 {
        guard case .varint(let value) = content else { throw mismatch("an integer") }
        return Int64(bitPattern: value)
    }

    /// `int64` as Swift's integer.
    public func int() throws -> Int { Int(truncatingIfNeeded: try int64()) }

    /// `uint64`.
    public func uint64() throws -> UInt64 {
        guard case .varint(let value) = content else { throw mismatch("an integer") }
        return value
    }

    /// `float`.
    public func float() throws -> Float {
        guard case .fixed32(let bits) = content else { throw mismatch("a float") }
        return Float(bitPattern: bits)
    }

    /// `double`.
    public func double() throws -> Double {
        guard case .fixed64(let bits) = content else { throw mismatch("a double") }
        return Double(bitPattern: bits)
    }

    /// `bytes`, in place.
    public func slice() throws -> UnsafeRawBufferPointer {
        guard case .bytes(let slice) = content else { throw mismatch("bytes") }
        return slice
    }

    /// `bytes`, copied.
    public func byteArray() throws -> [UInt8] { Array(try slice()) }

    /// `string`; bytes that are no UTF-8 are replaced.
    public func string() throws -> String { String(decoding: try slice(), as: UTF8.self) }

    /// A message inside the message.
    /// - Throws: `invalidModel` beyond ``ProtobufReader/depthLimit``.
    public func message() throws -> ProtobufReader {
        let slice = try slice()
        guard depth < ProtobufReader.depthLimit else {
            throw protobufDamage(
                "messages lie more than \(ProtobufReader.depthLimit) deep inside each other",
                at: slice.baseAddress, origin: origin)
        }
        return ProtobufReader(slice, origin: origin, depth: depth + 1)
    }

    /// Visits the numbers of a repeated `int64`, `int32` or `uint64` field, packed or not.
    public func forEachVarint(_ body: (UInt64) throws -> Void) throws {
        switch content {
        case .varint(let value): try body(value)
        case .bytes(let slice): try forEachPacked(slice, body)
        default: throw mismatch("integers")
        }
    }

    /// Appends the numbers of a repeated `int64` field, packed or not.
    public func appendInts(to values: inout [Int]) throws {
        try forEachVarint { values.append(Int(truncatingIfNeeded: $0)) }
    }

    /// Appends the numbers of a repeated `float` field, packed or not.
    public func appendFloats(to values: inout [Float]) throws {
        switch content {
        case .fixed32(let bits): values.append(Float(bitPattern: bits))
        case .bytes(let slice):
            guard slice.count % 4 == 0 else { throw mismatch("floats") }
            for offset in stride(from: 0, to: slice.count, by: 4) {
                let bits = UInt32(littleEndian: slice.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                values.append(Float(bitPattern: bits))
            }
        default: throw mismatch("floats")
        }
    }

    private func forEachPacked(_ slice: UnsafeRawBufferPointer, _ body: (UInt64) throws -> Void) throws {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for byte in slice {
            guard shift < 64 else { throw mismatch("numbers of at most ten bytes") }
            value |= UInt64(byte & 0x7f) << shift
            shift += 7
            if byte < 0x80 {
                try body(value)
                value = 0
                shift = 0
            }
        }
        guard shift == 0 else { throw mismatch("complete numbers") }
    }

    private func mismatch(_ expected: String) -> OctetError {
        protobufDamage("field \(number) does not hold \(expected)", at: bytes.baseAddress, origin: origin)
    }
}
