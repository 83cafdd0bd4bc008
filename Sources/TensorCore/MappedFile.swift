#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file mapped read-only into memory. Tensors that point into it keep it alive.
public final class MappedFile: @unchecked Sendable {
    public let path: String
    fileprivate let bytes: UnsafeRawBufferPointer

    /// - Throws: `inputOutput` when the file cannot be opened, is not a regular file (a pipe is not waited for), or cannot
    ///   be mapped.
    public init(path: String) throws {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw OctetError(.inputOutput, "cannot be opened: \(String(cString: strerror(errno)))", file: path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw OctetError(.inputOutput, "is not a regular file", file: path)
        }
        let size = Int(status.st_size)
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw OctetError(.inputOutput, "cannot be mapped: \(String(cString: strerror(errno)))", file: path)
        }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    public var byteCount: Int { bytes.count }

    /// Calls `body` with the contents, which are mapped at least until it returns.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(bytes) }
    }

    /// Where a part of memory stands in the file, if it is a part of the mapping.
    public func range(of part: UnsafeRawBufferPointer) -> Range<Int>? {
        guard let first = bytes.baseAddress, let start = part.baseAddress, start >= first,
            start - first <= byteCount, part.count <= byteCount - (start - first)
        else { return nil }
        return start - first..<start - first + part.count
    }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }
}

extension TensorStorage {
    /// A file's contents, or a part of them, which stay mapped as long as the storage lives.
    public convenience init(_ file: MappedFile, _ part: Range<Int>? = nil) {
        let part = part.map { UnsafeRawBufferPointer(rebasing: file.bytes[$0]) } ?? file.bytes
        self.init(borrowing: part, owner: file)
    }
}
