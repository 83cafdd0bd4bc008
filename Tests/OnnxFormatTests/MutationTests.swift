import Foundation
import ModelGraph
import TensorCore
import TestSupport
import Testing

@testable import OnnxFormat

/// Damaged copies of models: whatever the bytes, reading ends, and ends in a graph or an `OctetError`.
struct MutationTests {
    /// Small models: those of the test data that are small.
    static let models: [String] = TestData.files(in: "models", ending: ".onnx").filter { path in
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? nil
        return (size ?? .max) <= 1_400_000
    }

    @Test(.enabled(if: TestData.isAvailableOrRequired), arguments: models)
    func damagedModelsAreErrors(path: String) throws {
        let original = try Data(contentsOf: URL(filePath: path))
        try survive(Array(original), rounds: 1100, seed: 1)
    }

    @Test func damagedSubgraphsAreErrors() throws {
        try survive(SubgraphTests.file.bytes, rounds: 1500, seed: 2)
    }

    private func survive(_ original: [UInt8], rounds: Int, seed: UInt64) throws {
        var random = SplitMix(state: seed)
        // Weights fill most of a file; damage there changes no structure, so most of it goes to the rest.
        let structure = try structuralPositions(of: original)
        var outcomes = [true: 0, false: 0]
        for _ in 0..<rounds {
            let bytes = random.mutate(original, structure: structure)
            do {
                let owner = ByteOwner(bytes)
                var graph = try OnnxReader.read(owner.bytes, owner: owner, path: "mutated.onnx")
                try graph.inferTypes()
                outcomes[true, default: 0] += 1
            } catch is OctetError {
                outcomes[false, default: 0] += 1
            }
        }
        #expect((outcomes[false] ?? 0) > rounds / 20)
    }

    /// The positions outside long runs of tensor data.
    private func structuralPositions(of bytes: [UInt8]) throws -> [Int] {
        let owner = ByteOwner(bytes)
        let graph = try OnnxReader.read(owner.bytes, owner: owner, path: "original.onnx")
        let start = try #require(owner.bytes.baseAddress)
        var isData = [Bool](repeating: false, count: bytes.count)
        for id in graph.valueIDs {
            graph[id].constant?.withBytes { slice in
                guard slice.count > 64, let offset = slice.baseAddress.map({ $0 - start }),
                    isData.indices.contains(offset)
                else { return }
                for position in offset..<min(offset + slice.count, bytes.count) { isData[position] = true }
            }
        }
        return bytes.indices.filter { !isData[$0] }
    }
}

/// Bytes that tensors may point into.
final class ByteOwner {
    let bytes: UnsafeRawBufferPointer

    init(_ array: [UInt8]) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(array.count, 1), alignment: 1)
        buffer.copyBytes(from: array)
        bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<array.count])
    }

    deinit { bytes.deallocate() }
}

/// A small generator with a fixed sequence (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A copy with a few flipped bits, overwritten or spliced bytes, or cut off.
    mutating func mutate(_ original: [UInt8], structure: [Int]) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &self) {
            guard let position = structure.randomElement(using: &self), position < bytes.count else { continue }
            switch Int.random(in: 0..<10, using: &self) {
            case 0...3: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 4, 5: bytes[position] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &self) ?? 0
            case 6: bytes[position] = bytes[position] &+ UInt8.random(in: 0...3, using: &self) &- 1
            case 7:
                let length = Int.random(in: 1...10, using: &self)
                bytes.replaceSubrange(position..<min(position + length, bytes.count), with: [0xff, 0xff, 0xff, 0x7f])
            case 8:
                guard let source = structure.randomElement(using: &self), source < bytes.count else { continue }
                let length = Int.random(in: 1...40, using: &self)
                bytes.insert(contentsOf: Array(bytes[source..<min(source + length, bytes.count)]), at: position)
            default: bytes.removeSubrange(Int.random(in: position..<bytes.count, using: &self)...)
            }
        }
        return bytes
    }
}
