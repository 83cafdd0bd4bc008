import Foundation
import TensorCore
import TestSupport
import Testing

@Suite struct SealedFileTests {
    private func key(_ seed: UInt8) throws -> ContentHash.Key {
        try #require(ContentHash.Key((0..<64).map { UInt8($0) &* 37 &+ seed }))
    }

    private let workers: ContentHash.Workers = { DispatchQueue.concurrentPerform(iterations: $0, execute: $1) }

    private func hash(_ bytes: [UInt8], _ key: ContentHash.Key) -> ContentHash.Value {
        bytes.withUnsafeBytes { ContentHash.of($0, key: key) }
    }

    @Test func everyBitAndTheLengthCount() throws {
        let key = try key(1)
        var seen: Set<ContentHash.Value> = [hash([], key)]
        for length in [1, 8, 63, 64, 65, 200] {
            let bytes = [UInt8](repeating: 0, count: length)
            #expect(seen.insert(hash(bytes, key)).inserted)
            for bit in 0..<8 * length {
                var changed = bytes
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(seen.insert(hash(changed, key)).inserted, "bit \(bit) of \(length) bytes")
            }
        }
    }

    @Test func partsAndKeys() throws {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * $0) }
        var parts = ContentHash(key: try key(1))
        for part in [bytes[..<64], bytes[64..<256], bytes[256...]] {
            Array(part).withUnsafeBytes { parts.append($0) }
        }
        #expect(parts.value == hash(bytes, try key(1)))
        #expect(parts.value != hash(bytes, try key(2)))
        #expect(ContentHash.Key([1, 2, 3]) == nil)
    }

    /// In pieces of any size, at once, or by several threads; every part and its place counts.
    @Test(arguments: [-1, 0, 1, 12345])
    func longBytes(_ beyond: Int) throws {
        let key = try key(3)
        let part = ContentHash.partByteCount
        var bytes = (0..<3 * part + beyond).map { UInt8(truncatingIfNeeded: $0 >> 16 ^ $0 >> 8 ^ $0 &* 31) }
        let expected = hash(bytes, key)
        #expect(bytes.withUnsafeBytes { ContentHash.ofMapped($0, key: key, on: workers) } == expected)
        for size in [1000, part, part + 1] {
            var pieces = ContentHash(key: key)
            for start in stride(from: 0, to: bytes.count, by: size) {
                bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { pieces.append($0) }
            }
            #expect(pieces.value == expected, "pieces of \(size)")
        }
        var seen: Set = [expected]
        for place in stride(from: 0, to: bytes.count, by: part / 16 + 1) {
            bytes[place] ^= 1
            #expect(seen.insert(hash(bytes, key)).inserted, "byte \(place)")
            bytes[place] ^= 1
        }
        let swapped = Array(bytes[part..<2 * part] + bytes[..<part] + bytes[(2 * part)...])
        #expect(seen.insert(hash(swapped, key)).inserted)
    }

    @Test func contentsComeBackAligned() throws {
        let folder = try ScratchFolder()
        let parts: [[UInt8]] = [Array(1...100), [], Array(repeating: 7, count: 64), [9]]
        try write(parts, folder("file"))
        let isSeen = SealedFile.open(folder("file"), key: try key(1), on: workers) { contents, _ in
            #expect(contents.count == 128 + 64 + 64)
            #expect(Array(contents[..<100]) == parts[0] && contents[128] == 7 && contents[192] == 9)
            #expect(Int(bitPattern: contents.baseAddress) % 64 == 0)
            return true
        }
        #expect(isSeen == true)
    }

    @Test func whatIsDamagedIsRefused() throws {
        let folder = try ScratchFolder()
        let path = folder("file")
        try write([Array(1...200)], path)
        let good = try Data(contentsOf: URL(filePath: path))
        #expect(!opens(path, try key(2)))
        #expect(!opens(folder("absent"), try key(1)))
        for length in stride(from: 0, to: good.count, by: 7) { try expectRefused(good.prefix(length), path) }
        try expectRefused(good + [0], path)
        for place in 0..<good.count {
            var damaged = good
            damaged[place] ^= 0x40
            try expectRefused(damaged, path)
        }
        try good.write(to: URL(filePath: path))
        #expect(opens(path, try key(1)))
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path)
        #expect(!opens(path, try key(1)), "others may write it")
    }

    private func write(_ parts: [[UInt8]], _ path: String) throws {
        let memory = parts.map { part in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: part.count, alignment: 64)
            copy.copyBytes(from: part)
            return copy
        }
        defer { for part in memory { part.deallocate() } }
        try SealedFile.write(memory.map { UnsafeRawBufferPointer($0) }, to: path, key: try key(1))
    }

    private func expectRefused(_ bytes: Data, _ path: String) throws {
        try bytes.write(to: URL(filePath: path))
        #expect(!opens(path, try key(1)))
    }

    private func opens(_ path: String, _ key: ContentHash.Key) -> Bool {
        SealedFile.open(path, key: key, on: workers) { _, _ in true } ?? false
    }
}
