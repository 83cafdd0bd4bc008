#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

private let writeBytes: @Sendable (Int32, UnsafeRawPointer?, Int) -> Int = { write($0, $1, $2) }

/// A file that appears under its name only when it is complete.
///
/// Bytes go to a temporary name in the same folder; ``commit()`` renames it. Without a commit the temporary file
/// is removed and what stood under the name before stays.
public final class AtomicFile {
    public let path: String
    private let temporaryPath: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    /// Bytes written so far.
    public private(set) var byteCount = 0

    /// - Throws: `inputOutput` when the folder does not exist or cannot be written.
    public init(path: String) throws {
        self.path = path
        temporaryPath = path + ".\(getpid()).octet-tmp"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw OctetError(
                .inputOutput, "cannot be written: \(String(cString: strerror(errno)))", file: path,
                remedy: "Name a folder that exists and may be written to")
        }
    }

    /// Writes a whole file at once.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try AtomicFile(path: path)
        try bytes.withUnsafeBytes { try file.append($0) }
        try file.commit()
    }

    public func append(_ bytes: UnsafeRawBufferPointer) throws {
        byteCount += bytes.count
        if bytes.count < 1 << 16 {
            buffer.append(contentsOf: bytes)
            if buffer.count >= 1 << 20 { try flush() }
        } else {
            try flush()
            try writeThrough(bytes)
        }
    }

    /// Makes the file appear under its name.
    public func commit() throws {
        try flush()
        guard close(descriptor) == 0 else {
            descriptor = -1
            throw failure("cannot be written")
        }
        descriptor = -1
        guard rename(temporaryPath, path) == 0 else { throw failure("cannot be put in place") }
    }

    private func flush() throws {
        guard !buffer.isEmpty else { return }
        let pending = buffer
        buffer.removeAll(keepingCapacity: true)
        try pending.withUnsafeBytes { try writeThrough($0) }
    }

    private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = UnsafeRawBufferPointer(rebasing: rest)
            let written = writeBytes(descriptor, chunk.baseAddress, chunk.count)
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw failure("cannot be written") }
            rest = rest.dropFirst(written)
        }
    }

    private func failure(_ message: String) -> OctetError {
        let reason = String(cString: strerror(errno))
        return OctetError(.inputOutput, "\(message): \(reason)", file: path)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        unlink(temporaryPath)
    }
}
