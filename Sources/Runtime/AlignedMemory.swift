internal import Kernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Memory of a plan, written once, then shared: 64-byte aligned and with the slack behind it that kernels may read,
/// unless it is another object's.
final class AlignedMemory: @unchecked Sendable {
    /// Zeroed unless borrowed.
    let bytes: UnsafeMutableRawBufferPointer
    private let origin: Origin

    private enum Origin {
        case allocated
        /// Pages of its own, which the system gives zeroed when they are first touched.
        case mapped(UnsafeMutableRawBufferPointer)
        /// Another object's, which keeps them alive.
        case borrowed(AnyObject)
    }

    /// From this size on memory is mapped.
    private static let mappedFrom = 1 << 18

    /// - Parameter usesLargePages: whether the system should use large pages where they fit: translated faster in every
    ///   run, but dearer to come by than small ones.
    init(byteCount: Int, usesLargePages: Bool = true) {
        let size = Self.size(for: byteCount)
        if size >= Self.mappedFrom, let pages = Self.map(size, usesLargePages) {
            bytes = UnsafeMutableRawBufferPointer(rebasing: pages[..<byteCount])
            origin = .mapped(pages)
            return
        }
        let start = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        start.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
        origin = .allocated
    }

    convenience init<Element: BitwiseCopyable>(_ elements: [Element]) {
        self.init(byteCount: elements.count * MemoryLayout<Element>.stride)
        elements.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }

    /// Memory that `owner` keeps, read only, as it is.
    init(borrowing bytes: UnsafeRawBufferPointer, owner: AnyObject) {
        self.bytes = UnsafeMutableRawBufferPointer(mutating: bytes)
        origin = .borrowed(owner)
    }

    /// With the slack, and whole lines.
    fileprivate static func size(for byteCount: Int) -> Int { (byteCount + Int(OCTET_SLACK) + 63) & ~63 }

    private static func map(_ size: Int, _ usesLargePages: Bool) -> UnsafeMutableRawBufferPointer? {
        guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | anonymous, -1, 0), start != MAP_FAILED
        else { return nil }
        #if os(Linux)
            // The system may decline.
            if usesLargePages { madvise(start, size, MADV_HUGEPAGE) }
        #endif
        return UnsafeMutableRawBufferPointer(start: start, count: size)
    }

    #if canImport(Darwin)
        private static let anonymous = MAP_ANON
    #else
        private static let anonymous = MAP_ANONYMOUS
    #endif

    deinit {
        switch origin {
        case .allocated: bytes.baseAddress?.deallocate()
        case .mapped(let pages): munmap(pages.baseAddress, pages.count)
        case .borrowed: break
        }
    }
}

/// Many pieces of aligned memory that are written soon after, out of few mappings.
struct AlignedMemoryPool {
    private var chunk: AlignedMemory?
    private var used = 0

    private static let chunkSize = 4 << 20
    /// From this size on a piece has a mapping of its own.
    private static let ownMappingFrom = 1 << 20
    /// From this size on large pages are worth what they cost.
    private static let largePagesFrom = 16 << 20

    /// Zeroed memory. It is freed with all others of its mapping.
    mutating func allocate(_ byteCount: Int) -> AlignedMemory {
        guard byteCount < Self.ownMappingFrom else {
            return AlignedMemory(byteCount: byteCount, usesLargePages: byteCount >= Self.largePagesFrom)
        }
        let size = AlignedMemory.size(for: byteCount)
        if let chunk, size <= chunk.bytes.count - used { return take(byteCount, size, of: chunk) }
        let new = AlignedMemory(byteCount: Self.chunkSize, usesLargePages: false)
        chunk = new
        used = 0
        return take(byteCount, size, of: new)
    }

    private mutating func take(_ byteCount: Int, _ size: Int, of chunk: AlignedMemory) -> AlignedMemory {
        let part = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(chunk.bytes)[used..<used + byteCount])
        used += size
        return AlignedMemory(borrowing: part, owner: chunk)
    }
}
