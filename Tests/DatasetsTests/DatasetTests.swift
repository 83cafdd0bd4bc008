import Datasets
import TensorCore
import TestSupport
import Testing

struct DatasetTests {
    private let folder: ScratchFolder
    private let picture = DatasetInput(name: "image", type: TensorType(.float32, shape: [.symbol("N"), 3, 5, 7]))
    private let row = DatasetInput(name: "row", type: TensorType(.float32, shape: [.symbol("N"), 2]))

    init() throws { folder = try ScratchFolder() }

    private func png() -> [UInt8] { ImageGoldens.files.first { $0.name == "pngRGB" }?.source ?? [] }

    private func names(_ dataset: any Dataset) -> [String] {
        (0..<dataset.count).map { String(dataset.name(at: $0).dropFirst(folder.path.count + 1)) }
    }

    private func save(_ values: [Float], _ shape: [Int], _ name: String) throws -> String {
        let path = folder("") + name
        try NumPyWriter.write(Tensor(values, shape: shape), to: path)
        return path
    }

    @Test func picturesAreSortedByName() throws {
        for name in ["b.png", "B.PNG", "a10.jpeg", "a9.jpg", "notes.txt", ".hidden.png"] {
            _ = try folder.write(png(), name)
        }
        let dataset = try DatasetLoader().open(path: folder.path, inputs: [picture])
        #expect(names(dataset) == ["B.PNG", "a10.jpeg", "a9.jpg", "b.png"])
        #expect(try dataset.tensors(at: 0)["image"]?.shape == [1, 3, 5, 7])
    }

    @Test func damagedPicturesAreSkippedAndNamed() throws {
        _ = try folder.write(png(), "a.png")
        _ = try folder.write(Array(png().prefix(40)), "b.png")
        _ = try folder.write(png(), "c.png")
        let dataset = try DatasetLoader().open(path: folder.path, inputs: [picture])
        var skipped: [String] = []
        var used: [Int] = []
        let count = try dataset.forEachSample(skipped: { skipped.append($0.name) }, body: { used.append($0.index) })
        #expect(count == 2)
        #expect(used == [0, 2])
        #expect(skipped == [folder("b.png")])
    }

    @Test func nothingLeftIsAnError() throws {
        _ = try folder.write("no picture", "a.png")
        let dataset = try DatasetLoader().open(path: folder.path, inputs: [picture])
        let error = try #require(throws: OctetError.self) {
            try dataset.forEachSample(skipped: { _ in }, body: { _ in })
        }
        #expect(error.kind == .invalidData)
        #expect(error.file == folder("a.png"))
    }

    @Test func errorsOfTheUserEndTheLoop() throws {
        struct Stop: Error {}
        let path = try save(Array(repeating: 0, count: 40), [20, 2], "rows.npy")
        let dataset = try DatasetLoader().open(path: path, inputs: [row])
        var seen = 0
        #expect(throws: Stop.self) {
            try dataset.forEachSample(
                skipped: { _ in },
                body: { _ in
                    seen += 1
                    if seen == 3 { throw Stop() }
                })
        }
        #expect(seen == 3)
    }

    @Test func samplesAreSpreadEvenly() throws {
        #expect(try Array(EvenSubset(of: 10, samples: 4)) == [0, 2, 5, 7])
        #expect(try Array(EvenSubset(of: 3, samples: 9)) == [0, 1, 2])
        #expect(try Array(EvenSubset(of: 3)) == [0, 1, 2])
        #expect(throws: OctetError.self) { try EvenSubset(of: 3, samples: 0) }
    }

    @Test func arraysFeedTheirRows() throws {
        let path = try save([1, 2, 3, 4, 5, 6], [3, 2], "rows.npy")
        let dataset = try DatasetLoader().open(path: path, inputs: [row])
        #expect(dataset.count == 3)
        #expect(try dataset.tensors(at: 2)["row"]?.shape == [1, 2])
        #expect(try dataset.tensors(at: 2)["row"]?.floats == [5, 6])
    }

    @Test func integersTakeTheInputsType() throws {
        let path = folder("ids.npy")
        try NumPyWriter.write(Tensor([1, 2, 3, 4] as [Int32], shape: [2, 2]), to: path)
        let ids = DatasetInput(name: "ids", type: TensorType(.int64, shape: [.symbol("N"), 2]))
        let dataset = try DatasetLoader().open(path: path, inputs: [ids])
        #expect(try dataset.tensors(at: 1)["ids"]?.elements(as: Int64.self) == [3, 4])
        let numbers = try DatasetLoader().open(path: save([0.5, 1], [1, 2], "floats.npy"), inputs: [ids])
        #expect(throws: OctetError.self) { try numbers.tensors(at: 0) }
    }

    @Test func bytesAreGreyPictures() throws {
        let path = folder("grey.npy")
        try NumPyWriter.write(Tensor((0..<12).map(UInt8.init), shape: [2, 2, 3]), to: path)
        let grey = DatasetInput(name: "x", type: TensorType(.float32, shape: [1, 1, 2, 3]))
        let dataset = try DatasetLoader().open(
            path: path, preprocessing: Preprocessing(scale: .factor(2)), inputs: [grey])
        #expect(try dataset.tensors(at: 1)["x"]?.shape == [1, 1, 2, 3])
        #expect(try dataset.tensors(at: 1)["x"]?.floats == [12, 14, 16, 18, 20, 22])
        let flat = DatasetInput(name: "x", type: TensorType(.float32, shape: [.symbol("N"), 6]))
        #expect(try DatasetLoader().open(path: path, inputs: [flat]).tensors(at: 0)["x"]?.shape == [1, 6])
    }

    @Test func archivesFeedEachInput() throws {
        let path = folder("both.npz")
        let writer = try NumPyArchiveWriter(path: path)
        try writer.append(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]), name: "row")
        try writer.append(Tensor([7, 8] as [Int64], shape: [2, 1]), name: "other")
        try writer.finish()
        let other = DatasetInput(name: "other", type: TensorType(.int64, shape: [.symbol("N"), 1]))
        let sample = try DatasetLoader().open(path: path, inputs: [row, other]).tensors(at: 1)
        #expect(sample["row"]?.floats == [3, 4])
        #expect(sample["other"]?.integers == [8])
        let third = DatasetInput(name: "third", type: row.type)
        #expect(throws: OctetError.self) { try DatasetLoader().open(path: path, inputs: [row, third]) }
    }

    @Test func foldersOfArraysAreJoined() throws {
        _ = try save([1, 2, 3, 4], [2, 2], "a.npy")
        _ = try save([5, 6], [2], "b.npy")
        let dataset = try DatasetLoader().open(path: folder.path, inputs: [row])
        #expect(dataset.count == 3)
        #expect(try (0..<3).flatMap { try dataset.tensors(at: $0)["row"]?.floats ?? [] } == [1, 2, 3, 4, 5, 6])
    }

    @Test func whatDoesNotFitIsAnError() throws {
        let path = try save([1, 2, 3], [1, 3], "three.npy")
        #expect(throws: OctetError.self) { try DatasetLoader().open(path: path, inputs: [row]).tensors(at: 0) }
        #expect(throws: OctetError.self) { try DatasetLoader().open(path: path, inputs: [row, picture]) }
        #expect(throws: OctetError.self) { try DatasetLoader().open(path: folder("none"), inputs: [row]) }
        let empty = try save([], [0, 2], "empty.npy")
        #expect(throws: OctetError.self) { try DatasetLoader().open(path: empty, inputs: [row]) }
        let text = try folder.write("hello", "data.txt")
        #expect(throws: OctetError.self) { try DatasetLoader().open(path: text, inputs: [row]) }
        let batched = DatasetInput(name: "row", type: TensorType(.float32, shape: [8, 2]))
        let rows = try save([1, 2], [1, 2], "rows.npy")
        #expect(throws: OctetError.self) { try DatasetLoader().open(path: rows, inputs: [batched]).tensors(at: 0) }
    }
}
