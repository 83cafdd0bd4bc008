import Datasets
import TensorCore
import TestSupport
import Testing

struct LabelsTests {
    private let folder: ScratchFolder
    private let picture = DatasetInput(name: "image", type: TensorType(.float32, shape: [1, 3, 5, 7]))
    private let row = DatasetInput(name: "row", type: TensorType(.float32, shape: [1, 1]))

    init() throws {
        folder = try ScratchFolder()
        let png = ImageGoldens.files.first { $0.name == "pngRGB" }?.source ?? []
        for name in ["data/a.png", "data/b.png", "data/c.png"] { _ = try folder.write(png, name) }
        try NumPyWriter.write(Tensor([1, 2, 3] as [Float], shape: [3, 1]), to: folder("rows.npy"))
    }

    private func open(_ labels: String, offset: Int = 0) throws -> any Dataset {
        try DatasetLoader().open(
            path: folder("data"), inputs: [picture], labels: labels, labelOffset: offset)
    }

    private func labels(_ dataset: any Dataset) -> [Int?] { (0..<dataset.count).map { dataset.label(at: $0) } }

    @Test func aTableSelectsAndOrders() throws {
        let table = try folder.write(
            "file,label,synset\ndata/c.png,5,n1\r\nb.png,6,n2\n\nelse/a.png,7,n3", "labels.csv")
        let dataset = try open(table, offset: 1)
        #expect(labels(dataset) == [6, 7, 8])
        #expect((0..<3).map { dataset.name(at: $0).suffix(5) } == ["c.png", "b.png", "a.png"])
        #expect(try dataset.tensors(at: 2)["image"]?.shape == [1, 3, 5, 7])
    }

    @Test func headersAreFoundByTheirNames() throws {
        let table = try folder.write("\u{FEFF}id,Label,Image\n1,4,\"b.png\"\n", "labels.csv")
        let dataset = try open(table)
        #expect(labels(dataset) == [4])
        #expect(dataset.name(at: 0).hasSuffix("data/b.png"))
    }

    @Test func aTableMayLackAHeader() throws {
        #expect(try labels(open(folder.write("b.png,4\na.png,5\n", "labels.csv"))) == [4, 5])
    }

    @Test func oneLabelALine() throws {
        #expect(try labels(open(folder.write("3\n1\n2\n", "labels.txt"), offset: -1)) == [2, 0, 1])
    }

    @Test func arraysOfIntegers() throws {
        let path = folder("labels.npy")
        try NumPyWriter.write(Tensor([3, 1, 2] as [UInt8], shape: [3]), to: path)
        let dataset = try DatasetLoader().open(path: folder("rows.npy"), inputs: [row], labels: path)
        #expect(labels(dataset) == [3, 1, 2])
        #expect(throws: OctetError.self) {
            try DatasetLoader().open(
                path: folder("rows.npy"), inputs: [row], labels: folder("rows.npy"))
        }
    }

    @Test(arguments: [
        "1\n2\n", "1\n2\n3\n4\n", "", "file,label\n", "file,label\nmissing.png,1\n", "file,label\na.png,cat\n",
        "file,label\na.png\n", "cat\ndog\nfox\n",
    ])
    func refusesLabelsThatDoNotFit(_ text: String) throws {
        let path = try folder.write(text, "labels.csv")
        let error = try #require(throws: OctetError.self) { try open(path) }
        #expect(error.kind == .invalidData)
        #expect(error.file != nil)
    }
}
