/// A keyed 128-bit hash of bytes, fast enough for whole model files: for telling contents apart and finding damage.
///
/// Four lanes fold 64-bit products (the multiply-and-fold step of Wang Yi's wyhash). Who does not know the key cannot aim
/// at a value; it is not a cryptographic hash.
public struct ContentHash: Sendable {
    /// What the hash depends on beside the bytes.
    public struct Key: Sendable, Equatable {
        /// 64 bytes.
        public static let byteCount = 64
        let words: [UInt64]

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

    private let key: Key
    private var lanes: (UInt64, UInt64, UInt64, UInt64)
    private var byteCount: UInt64 = 0

    public init(key: Key) {
        self.key = key
        lanes = (key.words[4], key.words[5], key.words[6], key.words[7])
    }

    /// The hash of all bytes at once.
    public static func of(_ bytes: UnsafeRawBufferPointer, key: Key) -> Value {
        var hash = ContentHash(key: key)
        hash.append(bytes)
        return hash.value
    }

    /// Adds bytes. All calls but the last must add a multiple of 64.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        precondition(byteCount % 64 == 0, "only the last part may be no multiple of 64 bytes")
        byteCount += UInt64(bytes.count)
        guard let start = bytes.baseAddress else { return }
        let whole = bytes.count & ~63
        let (k0, k1, k2, k3) = (key.words[0], key.words[1], key.words[2], key.words[3])
        var (a, b, c, d) = lanes
        var offset = 0
        while offset < whole {
            let block = start + offset
            a = Self.mix(block, a, k0)
            b = Self.mix(block + 16, b, k1)
            c = Self.mix(block + 32, c, k2)
            d = Self.mix(block + 48, d, k3)
            offset += 64
        }
        lanes = (a, b, c, d)
        guard whole < bytes.count else { return }
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { rest in
            rest.initializeMemory(as: UInt8.self, repeating: 0)
            rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[whole...]))
            guard let block = UnsafeRawPointer(rest.baseAddress) else { return }
            lanes = (
                Self.mix(block, a, k0), Self.mix(block + 16, b, k1), Self.mix(block + 32, c, k2),
                Self.mix(block + 48, d, k3)
            )
        }
    }

    /// The hash of what was added so far.
    public var value: Value {
        let (a, b, c, d) = lanes
        let length = byteCount ^ key.words[0]
        let high = Self.fold(Self.fold(a ^ length, b ^ key.words[1]) ^ c, d ^ key.words[2])
        let low = Self.fold(Self.fold(c ^ length, d ^ key.words[3]) ^ a, b ^ key.words[4])
        return Value(
            high: Self.fold(high ^ key.words[5], low ^ key.words[6]),
            low: Self.fold(low ^ key.words[7], high ^ length) ^ high)
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
