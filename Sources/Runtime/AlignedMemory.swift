internal import Kernels

/// 64-byte aligned memory with the slack behind it that kernels may read. Written once, then shared.
final class AlignedMemory: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    init(byteCount: Int) {
        let size = (byteCount + Int(OCTET_SLACK) + 63) & ~63
        let start = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        start.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    }

    convenience init<Element: BitwiseCopyable>(_ elements: [Element]) {
        self.init(byteCount: elements.count * MemoryLayout<Element>.stride)
        elements.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }

    deinit { bytes.baseAddress?.deallocate() }
}
