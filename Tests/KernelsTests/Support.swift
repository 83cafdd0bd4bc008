import CKernels
import Kernels

/// A small seeded generator (SplitMix64), so that failures repeat.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in extremeByte() } }

    mutating func weights(_ count: Int) -> [Int8] { (0..<count).map { _ in Int8(bitPattern: extremeByte()) } }

    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -2...2) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }

    /// Any byte, with the ends of both ranges far more often than chance has them.
    private mutating func extremeByte() -> UInt8 {
        let extremes: [UInt8] = [0, 1, 127, 128, 129, 254, 255]
        return Bool.random(using: &self)
            ? UInt8.random(in: 0...255, using: &self) : extremes.randomElement(using: &self) ?? 0
    }
}

/// Aligned memory with the slack behind it that kernels may read, full of junk, and a guard that they may not write.
final class Buffer<Element: BitwiseCopyable & Equatable> {
    let count: Int
    let base: UnsafeMutablePointer<Element>
    private let byteCount: Int
    private static var guardBytes: Int { 128 }
    private static var junk: UInt8 { 0xa5 }

    init(_ values: [Element]) {
        count = values.count
        byteCount = values.count * MemoryLayout<Element>.stride
        let total = byteCount + 2 * Self.guardBytes
        let raw = UnsafeMutableRawPointer.allocate(byteCount: total, alignment: 64)
        raw.initializeMemory(as: UInt8.self, repeating: Self.junk, count: total)
        base = (raw + Self.guardBytes).bindMemory(to: Element.self, capacity: max(count, 1))
        for (index, value) in values.enumerated() { base[index] = value }
    }

    convenience init(repeating value: Element, count: Int) { self.init([Element](repeating: value, count: count)) }

    deinit { (UnsafeMutableRawPointer(base) - Self.guardBytes).deallocate() }

    var values: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }

    /// Whether nothing was written before or behind the elements.
    var guardsAreIntact: Bool {
        let raw = UnsafeRawPointer(base)
        return (1...Self.guardBytes).allSatisfy { (raw - $0).load(as: UInt8.self) == Self.junk }
            && (0..<Self.guardBytes).allSatisfy { (raw + byteCount + $0).load(as: UInt8.self) == Self.junk }
    }
}

/// Runs every task of a kernel, last first, because their order must not matter.
func runTasks<Arguments>(_ kernel: octet_kernel, _ arguments: Arguments, _ tasks: Int) {
    withUnsafePointer(to: arguments) { pointer in
        for task in (0..<tasks).reversed() { kernel(pointer, task) }
    }
}

/// `kernel` may be missing only if the table is wrong.
func unwrap(_ kernel: octet_kernel?) -> octet_kernel {
    guard let kernel else { fatalError("a kernel table has an empty entry") }
    return kernel
}

/// rint(value), then the zero point, then the clamp, in arbitrary range.
func requantized(_ value: Float, zeroPoint: Int, minimum: Int, maximum: Int) -> UInt8 {
    let rounded = Double(value.rounded(.toNearestOrEven)) + Double(zeroPoint)
    return UInt8(max(Double(minimum), min(Double(maximum), rounded)))
}

/// Equal bits, or both NaN.
func same(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
}
