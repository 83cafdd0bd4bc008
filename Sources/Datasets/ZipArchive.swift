internal import CCodecs
internal import TensorCore

/// A zip file whose entries are stored or deflated, read from a mapped file.
///
/// Source: PKWARE's APPNOTE 6.3.10, sections 4.3 (records) and 4.5.3 (zip64).
struct ZipArchive: Sendable {
    struct Entry: Sendable {
        let name: String
        fileprivate let isEncrypted: Bool
        fileprivate let method: Int
        fileprivate let crc: UInt32
        fileprivate let storedSize: Int
        fileprivate let size: Int
        fileprivate let headerOffset: Int
    }

    let path: String
    private(set) var entries: [Entry] = []
    private let file: TensorStorage

    /// Reads the directory of the archive.
    /// - Throws: `invalidData` when it is damaged.
    init(path: String) throws {
        self.path = path
        file = TensorStorage(try MappedFile(path: path))
        let bytes = LittleEndianBytes(UnsafeRawBufferPointer(file.bytes), file: path)
        let (count, start) = try Self.directory(bytes)
        var offset = start
        for _ in 0..<count {
            guard try bytes.word(offset) == 0x0201_4B50 else {
                throw OctetError(.invalidData, "is a damaged zip file: its directory is cut off", file: path)
            }
            let lengths = try (name: bytes.half(offset + 28), extra: bytes.half(offset + 30))
            let comment = try bytes.half(offset + 32)
            let name = try bytes.text(offset + 46, length: lengths.name)
            let extra = offset + 46 + lengths.name
            let sizes = try Self.sizes(bytes, entry: offset, extra: extra, extraLength: lengths.extra)
            entries.append(
                Entry(
                    name: name, isEncrypted: try bytes.half(offset + 8) & 1 != 0, method: try bytes.half(offset + 10),
                    crc: UInt32(try bytes.word(offset + 16)), storedSize: sizes.stored, size: sizes.full,
                    headerOffset: sizes.header))
            offset = extra + lengths.extra + comment
        }
    }

    /// The number of entries and where their directory begins.
    private static func directory(_ bytes: LittleEndianBytes) throws -> (count: Int, start: Int) {
        let smallest = 22
        let last = bytes.count - smallest
        let first = max(0, last - 0xFFFF)
        guard last >= 0,
            let end = try stride(from: last, through: first, by: -1).first(where: { try bytes.word($0) == 0x0605_4B50 })
        else { throw OctetError(.invalidData, "is no zip file, or one that is cut off", file: bytes.file) }
        let count = try bytes.half(end + 10)
        let start = try bytes.word(end + 16)
        guard count == 0xFFFF || start == 0xFFFF_FFFF else { return (count, start) }
        guard end >= 20, try bytes.word(end - 20) == 0x0706_4B50 else { return (count, start) }
        let record = try bytes.long(end - 12)
        guard try bytes.word(record) == 0x0606_4B50 else {
            throw OctetError(.invalidData, "is a damaged zip file: its end record is missing", file: bytes.file)
        }
        return (try bytes.long(record + 32), try bytes.long(record + 48))
    }

    /// Sizes and place of an entry, from its zip64 field where the 32-bit ones say so.
    private static func sizes(
        _ bytes: LittleEndianBytes, entry: Int, extra: Int, extraLength: Int
    ) throws -> (full: Int, stored: Int, header: Int) {
        var values = try [bytes.word(entry + 24), bytes.word(entry + 20), bytes.word(entry + 42)]
        var field = extra
        while field + 4 <= extra + extraLength {
            let (kind, length) = try (bytes.half(field), bytes.half(field + 2))
            var place = field + 4
            if kind == 1 {
                for index in values.indices where values[index] == 0xFFFF_FFFF && place + 8 <= field + 4 + length {
                    values[index] = try bytes.long(place)
                    place += 8
                }
            }
            field += 4 + length
        }
        return (values[0], values[1], values[2])
    }

    /// The bytes of an entry: shared with the file when stored, inflated when deflated.
    /// - Throws: `invalidData` when they are damaged, `unsupported` for encryption and other methods, `inputOutput`
    ///   when zlib is needed and not installed.
    func contents(of entry: Entry) throws -> TensorStorage {
        let bytes = LittleEndianBytes(UnsafeRawBufferPointer(file.bytes), file: path)
        guard try bytes.word(entry.headerOffset) == 0x0403_4B50 else {
            throw OctetError(.invalidData, "is a damaged zip file: '\(entry.name)' is missing", file: path)
        }
        let skipped = try 30 + bytes.half(entry.headerOffset + 26) + bytes.half(entry.headerOffset + 28)
        let stored = try bytes.piece(entry.headerOffset + skipped, length: entry.storedSize)
        let storage: TensorStorage
        switch entry.method {
        case _ where entry.isEncrypted:
            throw OctetError(.unsupported, "'\(entry.name)' is encrypted", file: path)
        case 0 where entry.size == entry.storedSize:
            storage = TensorStorage(borrowing: stored, owner: file)
        case 8:
            storage = try inflated(stored, entry)
        default:
            throw OctetError(
                .unsupported, "'\(entry.name)' is compressed by an unsupported method", file: path,
                expected: "0 (stored) or 8 (deflated)", found: "\(entry.method)")
        }
        let contents = storage.bytes.assumingMemoryBound(to: UInt8.self)
        guard octet_crc32(0, contents.baseAddress, contents.count) == entry.crc else {
            throw OctetError(.invalidData, "'\(entry.name)' is damaged: its checksum does not hold", file: path)
        }
        return storage
    }

    private func inflated(_ stored: UnsafeRawBufferPointer, _ entry: Entry) throws -> TensorStorage {
        // Deflate cannot pack more than 1032 bytes into one.
        guard entry.size / 1032 <= stored.count else {
            throw OctetError(
                .invalidData, "'\(entry.name)' announces more data than it can hold", file: path,
                found: "\(entry.size) bytes in \(stored.count)")
        }
        let storage = TensorStorage(byteCount: entry.size)
        let (source, target) = (stored.assumingMemoryBound(to: UInt8.self), storage.bytes)
        var message = [CChar](repeating: 0, count: Int(OCTET_CODEC_MESSAGE))
        let status = octet_inflate(
            source.baseAddress, source.count, target.assumingMemoryBound(to: UInt8.self).baseAddress, target.count,
            &message)
        let text = message.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        try Codec.check(status, message: text, file: path, format: "zip", package: "zlib1g")
        return storage
    }
}
