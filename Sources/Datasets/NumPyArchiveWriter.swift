internal import CCodecs
public import TensorCore

/// Writes an `.npz` file: a zip file of uncompressed `.npy` files, one a tensor, under its exact name.
///
/// Tensors are written as they come; nothing is kept but their names. The file appears with ``finish()``.
public final class NumPyArchiveWriter {
    private struct Entry {
        let name: [UInt8]
        let crc: UInt32
        let size: Int
        let offset: Int
    }

    private let file: AtomicFile
    private var entries: [Entry] = []
    private var names: Set<String> = []

    /// - Throws: `inputOutput` when the file cannot be written.
    public init(path: String) throws {
        file = try AtomicFile(path: path)
    }

    /// Writes one tensor; see ``NumPyWriter`` for types that NumPy does not have.
    /// - Throws: `invalidArgument` when the name was used before, `inputOutput` when the file cannot be written.
    public func append(_ tensor: Tensor, name: String) throws {
        guard names.insert(name).inserted else {
            throw OctetError(.invalidArgument, "two arrays would have the name '\(name)'", file: file.path)
        }
        let fileName = Array((name + ".npy").utf8)
        guard fileName.count <= 0xFFFF else {
            throw OctetError(.invalidArgument, "the name of an array is too long for a zip file", file: file.path)
        }
        var crc: UInt32 = 0
        var size = 0
        try NumPyWriter.encode(tensor) { piece in
            crc = octet_crc32(crc, piece.assumingMemoryBound(to: UInt8.self).baseAddress, piece.count)
            size += piece.count
        }
        let entry = Entry(name: fileName, crc: crc, size: size, offset: file.byteCount)
        entries.append(entry)
        var header = Record(signature: 0x0403_4B50)
        header.append(common(entry, extraLength: 20))
        header.append(entry.name)
        header.append(half: 1, 16)
        header.append(long: size, size)
        try append(header)
        try NumPyWriter.encode(tensor) { try file.append($0) }
    }

    /// Writes the directory and makes the file appear.
    public func finish() throws {
        let start = file.byteCount
        for entry in entries {
            var record = Record(signature: 0x0201_4B50)
            record.append(half: 45)
            record.append(common(entry, extraLength: 28))
            record.append(half: 0, 0, 0, 0, 0)
            record.append(word: 0xFFFF_FFFF)
            record.append(entry.name)
            record.append(half: 1, 24)
            record.append(long: entry.size, entry.size, entry.offset)
            try append(record)
        }
        let end = file.byteCount
        var record = Record(signature: 0x0606_4B50)
        record.append(long: 44)
        record.append(half: 45, 45)
        record.append(word: 0, 0)
        record.append(long: entries.count, entries.count, end - start, start)
        record.append(word: 0x0706_4B50, 0)
        record.append(long: end)
        record.append(word: 1, 0x0605_4B50)
        record.append(half: 0, 0, 0xFFFF, 0xFFFF)
        record.append(word: 0xFFFF_FFFF, 0xFFFF_FFFF)
        record.append(half: 0)
        try append(record)
        try file.commit()
    }

    /// The fields that stand in an entry's own head and in the directory: version, UTF-8 names, stored, the first day
    /// of the format's calendar, checksum, sizes by the zip64 field, lengths.
    private func common(_ entry: Entry, extraLength: Int) -> [UInt8] {
        var record = Record()
        record.append(half: 45, 0x0800, 0, 0, 0x0021)
        record.append(word: Int(entry.crc), 0xFFFF_FFFF, 0xFFFF_FFFF)
        record.append(half: entry.name.count, extraLength)
        return record.bytes
    }

    private func append(_ record: Record) throws {
        try record.bytes.withUnsafeBytes { try file.append($0) }
    }

    /// Little-endian numbers one after the other.
    private struct Record {
        private(set) var bytes: [UInt8] = []

        init() {}

        init(signature: Int) { append(word: signature) }

        mutating func append(_ more: [UInt8]) { bytes += more }

        mutating func append(half values: Int...) { append(values, byteCount: 2) }

        mutating func append(word values: Int...) { append(values, byteCount: 4) }

        mutating func append(long values: Int...) { append(values, byteCount: 8) }

        private mutating func append(_ values: [Int], byteCount: Int) {
            for value in values {
                for byte in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
            }
        }
    }
}
