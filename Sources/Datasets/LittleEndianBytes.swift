internal import TensorCore

/// Bytes of a file, read as little-endian numbers at checked places.
struct LittleEndianBytes {
    let file: String
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer, file: String) {
        self.bytes = bytes
        self.file = file
    }

    var count: Int { bytes.count }

    func half(_ offset: Int) throws -> Int { Int(try number(offset, as: UInt16.self)) }

    func word(_ offset: Int) throws -> Int { Int(try number(offset, as: UInt32.self)) }

    /// - Throws: also when the number is larger than any file.
    func long(_ offset: Int) throws -> Int {
        let value = try number(offset, as: UInt64.self)
        guard let value = Int(exactly: value) else { throw cutOff }
        return value
    }

    func text(_ offset: Int, length: Int) throws -> String {
        String(decoding: try piece(offset, length: length), as: UTF8.self)
    }

    func piece(_ offset: Int, length: Int) throws -> UnsafeRawBufferPointer {
        guard offset >= 0, length >= 0, offset <= bytes.count, length <= bytes.count - offset else { throw cutOff }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
    }

    private func number<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as: Number.Type) throws -> Number {
        Number(littleEndian: try piece(offset, length: MemoryLayout<Number>.size).loadUnaligned(as: Number.self))
    }

    private var cutOff: OctetError {
        OctetError(.invalidData, "is damaged: it ends before what it announces", file: file)
    }
}
