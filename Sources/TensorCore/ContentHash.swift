/// A keyed 128-bit hash of bytes, fast enough for whole model files: for telling contents apart and finding damage.
///
/// Parts of ``partByteCount`` bytes are hashed each by itself, by several threads if there are any, and then their
/// hashes together. Within a part four lanes, each on a quarter of it, fold 64-bit products (the multiply-and-fold step
/// of Wang Yi's wyhash): the processor fetches four streams ahead where it would stop at the end of a page with one.
/// Who does not know the key cannot aim at a value; it is not a cryptographic hash.
public struct ContentHash: Sendable {
    /// What the hash depends on beside the bytes.
    public struct Key: Sendable, Equatable {
        /// 64 bytes.
        public static let byteCount = 64
        fileprivate let words: [UInt64]

        /// - Parameter bytes: ``byteCount`` of them.
        public init?(_ bytes: [UInt8]) {
            guard bytes.count == Self.byteCount else { return nil }
            words = (0..<8).map { word in
                (0..<8).reduce(0) { $0 | UInt64(bytes[8 * word + $1]) << UInt64(8 * $1) }
            }
        }
    }

    /// The hash, which prints as 32 hexadecimal digits.
    public struct Value: Sendable, Hashable, CustomStringConvertible {
        public var high: UInt64
        public var low: UInt64

        public init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }

        public var description: String {
            [high, low].map { word in
                let digits = String(word, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
        }
    }

    /// Calls a function with 0 ..< a count, each once and perhaps on several threads, and returns when all calls have
    /// ended.
    public typealias Workers = (_ count: Int, _ body: @Sendable (Int) -> Void) -> Void

    public static let partByteCount = 1 << 19

    private let key: Key
    /// The hashes of the parts that are complete.
    private var finished: [Value] = []
    /// The beginning of the next part.
    private var rest: [UInt8] = []

    public init(key: Key) { self.key = key }

    /// Adds bytes.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.partByteCount - rest.count))
            bytes = bytes.dropFirst(piece.count)
            guard piece.count < Self.partByteCount else {
                finished.append(Self.ofPart(piece, key))
                continue
            }
            rest.append(contentsOf: piece)
            guard rest.count == Self.partByteCount else { continue }
            finished.append(rest.withUnsafeBytes { Self.ofPart($0, key) })
            rest.removeAll(keepingCapacity: true)
        }
    }

    /// The hash of what was added so far.
    public var value: Value { Self.joined(finished + [rest.withUnsafeBytes { Self.ofPart($0, key) }], key) }

    /// The hash of all bytes at once.
    public static func of(_ bytes: UnsafeRawBufferPointer, key: Key) -> Value {
        var hash = ContentHash(key: key)
        hash.append(bytes)
        return hash.value
    }

    /// The hash of a mapped file's contents, whose pages are brought in meanwhile.
    public static func ofMapped(_ bytes: UnsafeRawBufferPointer, key: Key, on workers: Workers) -> Value {
        let count = bytes.count / partByteCount + 1
        var values = [Value](repeating: Value(high: 0, low: 0), count: count)
        values.withUnsafeMutableBufferPointer { values in
            // Each call writes an element of its own.
            nonisolated(unsafe) let values = values
            nonisolated(unsafe) let bytes = bytes
            workers(count) { index in
                let part = UnsafeRawBufferPointer(
                    rebasing: bytes[(index * partByteCount)...].prefix(partByteCount))
                Pages.populate(part, for: .reading)
                values[index] = ofPart(part, key)
            }
        }
        return joined(values, key)
    }

    private static func joined(_ values: [Value], _ key: Key) -> Value {
        values.flatMap { [$0.high.littleEndian, $0.low.littleEndian] }.withUnsafeBytes { ofPart($0, key) }
    }

    private static func ofPart(_ bytes: UnsafeRawBufferPointer, _ key: Key) -> Value {
        let words = key.words
        let (k0, k1, k2, k3) = (words[0], words[1], words[2], words[3])
        var (a, b, c, d) = (words[4], words[5], words[6], words[7])
        let quarter = bytes.count / 64 * 16
        if let first = bytes.baseAddress {
            let (second, third, fourth) = (first + quarter, first + 2 * quarter, first + 3 * quarter)
            var offset = 0
            while offset < quarter {
                a = mix(first + offset, a, k0)
                b = mix(second + offset, b, k1)
                c = mix(third + offset, c, k2)
                d = mix(fourth + offset, d, k3)
                offset += 16
            }
        }
        if 4 * quarter < bytes.count {
            withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { rest in
                rest.initializeMemory(as: UInt8.self, repeating: 0)
                rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[(4 * quarter)...]))
                guard let block = UnsafeRawPointer(rest.baseAddress) else { return }
                a = mix(block, a, k0)
                b = mix(block + 16, b, k1)
                c = mix(block + 32, c, k2)
                d = mix(block + 48, d, k3)
            }
        }
        let length = UInt64(bytes.count) ^ k0
        let high = fold(fold(a ^ length, b ^ k1) ^ c, d ^ k2)
        let low = fold(fold(c ^ length, d ^ k3) ^ a, b ^ words[4])
        return Value(
            high: fold(high ^ words[5], low ^ words[6]), low: fold(low ^ words[7], high ^ length) ^ high)
    }

    @inline(__always)
    private static func mix(_ block: UnsafeRawPointer, _ lane: UInt64, _ key: UInt64) -> UInt64 {
        let first = block.loadUnaligned(as: UInt64.self)
        let second = block.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        return fold(first ^ key, second ^ lane) &+ first
    }

    @inline(__always)
    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}
