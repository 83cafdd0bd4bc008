import Foundation
import TensorCore
import TestSupport
import Testing

/// Files that are mapped, and files that appear when they are complete.
struct FileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func contents(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: folder(name))))
    }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    }

    @Test func aFileAppearsWhenItIsCommitted() throws {
        let file = try AtomicFile(path: folder("out"))
        let large = [UInt8](repeating: 7, count: 200_000)
        try [1, 2, 3].withUnsafeBytes { try file.append($0) }
        try large.withUnsafeBytes { try file.append($0) }
        #expect(!FileManager.default.fileExists(atPath: folder("out")))
        try file.commit()
        #expect(try contents("out").count == 3 * 8 + 200_000)
        #expect(file.byteCount == 3 * 8 + 200_000)
        #expect(try names == ["out"])
    }

    @Test func whatIsNotCommittedLeavesTheOldFile() throws {
        _ = try folder.write("old", "out")
        do {
            let file = try AtomicFile(path: folder("out"))
            try [9].withUnsafeBytes { try file.append($0) }
        }
        #expect(try contents("out") == Array("old".utf8))
        #expect(try names == ["out"])
    }

    @Test func aFolderThatIsNotThereIsAnError() {
        let error = #expect(throws: OctetError.self) { try AtomicFile.write([1], to: folder("no/out")) }
        #expect(error?.kind == .inputOutput && error?.file == folder("no/out"))
    }

    @Test func aFolderIsNotWrittenOver() throws {
        try FileManager.default.createDirectory(atPath: folder("taken"), withIntermediateDirectories: true)
        #expect(throws: OctetError.self) { try AtomicFile.write([1], to: folder("taken")) }
        #expect(try names == ["taken"])
    }

    @Test func filesAreMapped() throws {
        let file = try MappedFile(path: folder.write([1, 2, 3] as [UInt8], "in"))
        #expect(file.byteCount == 3 && file.withBytes { Array($0) } == [1, 2, 3])
        let storage = TensorStorage(file, 1..<3)
        #expect(Array(storage.bytes) == [2, 3])
        #expect(try MappedFile(path: folder.write([] as [UInt8], "empty")).byteCount == 0)
    }

    @Test func whatIsNoFileIsAnError() throws {
        let missing = #expect(throws: OctetError.self) { try MappedFile(path: folder("missing")) }
        #expect(missing?.file == folder("missing"))
        #expect(throws: OctetError.self) { try MappedFile(path: folder.path) }
        // A pipe that nobody writes to would block whoever opens it.
        #expect(mkfifo(folder("pipe"), 0o600) == 0)
        #expect(throws: OctetError.self) { try MappedFile(path: folder("pipe")) }
    }
}
