public import TensorCore

/// Builds a protobuf message.
///
/// The length of a nested message is noted beside the bytes and put in front of it when the message is written out,
/// so that nesting never moves bytes; the contents of tensors are taken from where they lie.
/// Source: Protocol Buffers, "Encoding".
public struct ProtobufWriter: Sendable {
    private enum Insert: Sendable {
        case length(Int)
        case tensor(Tensor)
    }

    private var buffer: [UInt8] = []
    private var inserts: [(position: Int, content: Insert)] = []
    /// The size of the message.
    public private(set) var byteCount = 0

    /// An empty message.
    public init() {}

    /// Adds an integer field (`int64`, `int32`, an enumeration).
    public mutating func add(_ field: Int, _ value: Int) {
        tag(field, 0)
        varint(UInt64(bitPattern: Int64(value)))
    }

    /// Adds a `float` field.
    public mutating func add(_ field: Int, _ value: Float) {
        tag(field, 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { append($0) }
    }

    /// Adds a `string` field.
    public mutating func add(_ field: Int, _ value: String) {
        var value = value
        value.withUTF8 { add(field, bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Adds a `bytes` field.
    public mutating func add(_ field: Int, bytes: UnsafeRawBufferPointer) {
        tag(field, 2)
        varint(UInt64(bytes.count))
        append(bytes)
    }

    /// Adds a `bytes` field.
    public mutating func add(_ field: Int, bytes: [UInt8]) {
        bytes.withUnsafeBytes { add(field, bytes: $0) }
    }

    /// Adds a `bytes` field with the memory of a tensor, which is not copied.
    public mutating func add(_ field: Int, contentsOf tensor: Tensor) {
        tag(field, 2)
        varint(UInt64(tensor.byteCount))
        guard tensor.byteCount >= 256 else { return tensor.withBytes { append($0) } }
        inserts.append((buffer.count, .tensor(tensor)))
        byteCount += tensor.byteCount
    }

    /// Adds a packed repeated `int64` field; nothing when there are no values.
    public mutating func add(_ field: Int, packed values: [Int]) {
        guard !values.isEmpty else { return }
        add(field) { writer in
            for value in values { writer.varint(UInt64(bitPattern: Int64(value))) }
        }
    }

    /// Adds a repeated `int64` field, one tag a value.
    public mutating func add(_ field: Int, unpacked values: [Int]) {
        for value in values { add(field, value) }
    }

    /// Adds a packed repeated `float` field; nothing when there are no values.
    public mutating func add(_ field: Int, packed values: [Float]) {
        guard !values.isEmpty else { return }
        add(field) { writer in
            for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { writer.append($0) } }
        }
    }

    /// Adds a message as a field.
    public mutating func add<Failure: Error>(
        _ field: Int, _ body: (inout ProtobufWriter) throws(Failure) -> Void
    ) throws(Failure) {
        tag(field, 2)
        let slot = inserts.count
        inserts.append((buffer.count, .length(0)))
        let start = byteCount
        try body(&self)
        let length = byteCount - start
        inserts[slot].content = .length(length)
        byteCount += ProtobufWriter.varintByteCount(UInt64(length))
    }

    /// Adds a finished message as a field.
    public mutating func add(_ field: Int, _ message: ProtobufWriter) {
        tag(field, 2)
        inserts.append((buffer.count, .length(message.byteCount)))
        inserts.append(
            contentsOf: message.inserts.lazy.map { [start = buffer.count] in ($0.position + start, $0.content) })
        buffer.append(contentsOf: message.buffer)
        byteCount += ProtobufWriter.varintByteCount(UInt64(message.byteCount)) + message.byteCount
    }

    /// Adds fields that are encoded already, tags included.
    public mutating func add(encoded fields: [UInt8]) {
        fields.withUnsafeBytes { append($0) }
    }

    /// Hands the message out piece by piece.
    public func write(_ consume: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        try buffer.withUnsafeBytes { bytes in
            var position = 0
            for insert in inserts {
                if insert.position > position {
                    try consume(UnsafeRawBufferPointer(rebasing: bytes[position..<insert.position]))
                    position = insert.position
                }
                switch insert.content {
                case .length(let length):
                    var prefix: [UInt8] = []
                    ProtobufWriter.appendVarint(UInt64(length), to: &prefix)
                    try prefix.withUnsafeBytes { try consume($0) }
                case .tensor(let tensor): try tensor.withBytes { try consume($0) }
                }
            }
            if position < bytes.count { try consume(UnsafeRawBufferPointer(rebasing: bytes[position...])) }
        }
    }

    /// The message in one piece.
    public var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(byteCount)
        write { result.append(contentsOf: $0) }
        return result
    }

    private mutating func tag(_ field: Int, _ wireType: UInt64) {
        varint(UInt64(field) << 3 | wireType)
    }

    private mutating func varint(_ value: UInt64) {
        byteCount += ProtobufWriter.varintByteCount(value)
        ProtobufWriter.appendVarint(value, to: &buffer)
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        buffer.append(contentsOf: bytes)
        byteCount += bytes.count
    }

    private static func varintByteCount(_ value: UInt64) -> Int {
        max(1, (64 - value.leadingZeroBitCount + 6) / 7)
    }

    private static func appendVarint(_ value: UInt64, to buffer: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            buffer.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        buffer.append(UInt8(truncatingIfNeeded: rest))
    }
}
