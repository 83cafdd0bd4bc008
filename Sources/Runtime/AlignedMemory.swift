internal import Kernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// 64-byte aligned memory with the slack behind it that kernels may read. Written once, then shared.
final class AlignedMemory: @unchecked Sendable {
    /// Zeroed unless it was borrowed or is still to be cleared.
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

    /// - Parameter isCleared: whether the memory is zero now, or only after ``clear()``: whoever touches it first pays
    ///   for getting its pages, which another thread may do.
    init(byteCount: Int, isCleared: Bool = true) {
        let size = Self.size(for: byteCount)
        if size >= Self.mappedFrom, let pages = Self.map(size) {
            bytes = UnsafeMutableRawBufferPointer(rebasing: pages[..<byteCount])
            origin = .mapped(pages)
            return
        }
        let start = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
        origin = .allocated
        if isCleared { clear() }
    }

    convenience init<Element: BitwiseCopyable>(_ elements: [Element]) {
        self.init(byteCount: elements.count * MemoryLayout<Element>.stride)
        elements.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }

    /// Memory that `owner` keeps: read only, aligned, and with the slack behind it.
    init(borrowing bytes: UnsafeRawBufferPointer, owner: AnyObject) {
        self.bytes = UnsafeMutableRawBufferPointer(mutating: bytes)
        origin = .borrowed(owner)
    }

    /// Fills memory of its own with zeros.
    func clear() {
        guard case .allocated = origin, let start = bytes.baseAddress else { return }
        start.initializeMemory(as: UInt8.self, repeating: 0, count: Self.size(for: bytes.count))
    }

    /// With the slack, and whole lines.
    private static func size(for byteCount: Int) -> Int { (byteCount + Int(OCTET_SLACK) + 63) & ~63 }

    private static func map(_ size: Int) -> UnsafeMutableRawBufferPointer? {
        guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | anonymous, -1, 0), start != MAP_FAILED
        else { return nil }
        #if os(Linux)
            // Fewer, larger pages where they fit wholly inside; the system may decline.
            madvise(start, size, MADV_HUGEPAGE)
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
