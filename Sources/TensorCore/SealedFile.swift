/// A file whose contents are checked against a keyed hash before they are used: a cut, damaged or foreign one is refused.
///
/// 64 bytes of header (a mark, the length and the hash of the contents), then the contents.
public enum SealedFile {
    private static let mark: [UInt8] = Array("OCTSEAL2".utf8)
    /// Where the contents begin; they are aligned to as much.
    public static let headerByteCount = 64

    /// Writes the parts one after the other, each filled up with zeros to a multiple of 64 bytes.
    /// - Throws: `inputOutput` when the file cannot be written; then nothing is left of it.
    public static func write(_ parts: [UnsafeRawBufferPointer], to path: String, key: ContentHash.Key) throws {
        var hash = ContentHash(key: key)
        var length = 0
        forEachPiece(parts) { piece in
            hash.append(piece)
            length += piece.count
        }
        var header = ByteWriter()
        header.append(bytes: mark)
        header.append(length)
        header.append(Int(bitPattern: UInt(hash.value.high)))
        header.append(Int(bitPattern: UInt(hash.value.low)))
        header.pad(to: headerByteCount)
        let file = try AtomicFile(path: path)
        try header.bytes.withUnsafeBytes { try file.append($0) }
        try forEachPiece(parts) { try file.append($0) }
        try file.commit()
    }

    /// Maps a file and calls `body` with its contents and the mapping; who keeps the contents keeps the mapping.
    /// - Parameter workers: check the contents.
    /// - Returns: what `body` returns, or `nil` when there is no such file, or it is not what was written: cut, damaged,
    ///   of another key, or one that another user owns or may write.
    public static func open<Result>(
        _ path: String, key: ContentHash.Key, on workers: ContentHash.Workers,
        _ body: (UnsafeRawBufferPointer, MappedFile) throws -> Result?
    ) rethrows -> Result? {
        guard FileOwnership.isPrivate(path, isFolder: false), let file = try? MappedFile(path: path) else { return nil }
        return try file.withBytes { bytes in
            guard let contents = contents(of: bytes, key: key, on: workers) else { return nil }
            return try body(contents, file)
        }
    }

    private static func contents(
        of bytes: UnsafeRawBufferPointer, key: ContentHash.Key, on workers: ContentHash.Workers
    ) -> UnsafeRawBufferPointer? {
        guard bytes.count >= headerByteCount else { return nil }
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[..<headerByteCount]))
        guard let found = try? reader.bytes(mark.count), found.elementsEqual(mark), let length = try? reader.int(),
            let high = try? reader.int(), let low = try? reader.int(), length == bytes.count - headerByteCount,
            bytes[(mark.count + 24)..<headerByteCount].allSatisfy({ $0 == 0 })
        else { return nil }
        let contents = UnsafeRawBufferPointer(rebasing: bytes[headerByteCount...])
        let expected = ContentHash.Value(high: UInt64(UInt(bitPattern: high)), low: UInt64(UInt(bitPattern: low)))
        return ContentHash.ofMapped(contents, key: key, on: workers) == expected ? contents : nil
    }

    private static func forEachPiece(
        _ parts: [UnsafeRawBufferPointer], _ body: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        for part in parts {
            let whole = part.count & ~63
            try body(UnsafeRawBufferPointer(rebasing: part[..<whole]))
            guard whole < part.count else { continue }
            var rest = Array(part[whole...])
            rest.append(contentsOf: repeatElement(0, count: 64 - rest.count))
            try rest.withUnsafeBytes(body)
        }
    }
}
