/// The memory behind a tensor: allocated, a slice of a mapped file, lent by an arena, or an array of strings.
///
/// It is written only while its one creator holds it; once it is inside a published tensor it no longer changes.
public final class TensorStorage: @unchecked Sendable {
    /// 64-byte aligned when Octet allocated it; mapped memory has the alignment the file gives it.
    public let bytes: UnsafeMutableRawBufferPointer
    /// The elements of a string tensor; empty for every other.
    public var strings: [String]
    public let isWritable: Bool
    private let owner: AnyObject?
    private let ownsBytes: Bool

    /// Whether 64 spare bytes follow that may be read.
    public var hasSpareBytes: Bool { ownsBytes }

    /// Allocates `byteCount` zeroed bytes, 64-byte aligned, with 64 spare bytes behind them that kernels may read.
    public init(byteCount: Int) {
        let size = (byteCount + 127) & ~63
        let start = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        start.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        bytes = .init(start: start, count: byteCount)
        strings = []
        isWritable = true
        owner = nil
        ownsBytes = true
    }

    public init(strings: [String]) {
        bytes = .init(start: nil, count: 0)
        self.strings = strings
        isWritable = true
        owner = nil
        ownsBytes = false
    }

    /// Wraps memory that lives as long as `owner`, without copying it.
    public init(borrowing bytes: UnsafeRawBufferPointer, owner: AnyObject) {
        self.bytes = UnsafeMutableRawBufferPointer(mutating: bytes)
        strings = []
        isWritable = false
        self.owner = owner
        ownsBytes = false
    }

    /// Wraps writable memory that the caller keeps alive for as long as this storage is used (an arena's slot).
    public init(lending bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
        strings = []
        isWritable = true
        owner = nil
        ownsBytes = false
    }

    deinit {
        if ownsBytes { bytes.baseAddress?.deallocate() }
    }
}
