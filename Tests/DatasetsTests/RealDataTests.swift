import Datasets
import Foundation
import TensorCore
import TestSupport
import Testing

/// The pictures of the development set, compared with Pillow's bytes by their checksums.
@Suite(.enabled(if: TestData.isAvailableOrRequired))
struct RealDataTests {
    @Test(arguments: ImageGoldens.folders.map(\.path))
    func decodesAndResizesLikePillow(_ folder: String) throws {
        let golden = try #require(ImageGoldens.folders.first { $0.path == folder })
        var decoded = Checksum()
        var resized = Checksum()
        let names = try FileManager.default.contentsOfDirectory(atPath: TestData.root + "/" + folder)
        for name in names.sorted() {
            let image = try ImageDecoder.decode(path: "\(TestData.root)/\(folder)/\(name)")
            decoded.update(image.pixels)
            resized.update(image.resized(shorterSide: 160).pixels)
        }
        #expect(decoded.value == golden.decoded)
        #expect(resized.value == golden.resized)
    }

    @Test func labelsSelectTheValidationPictures() throws {
        let input = DatasetInput(name: "x", type: TensorType(.float32, shape: [.symbol("N"), 3, 224, 224]))
        let imagenet = TestData.root + "/data/imagenet"
        var preprocessing = Preprocessing.imagenet
        preprocessing.steps = [.crop(width: 224, height: 224)]
        let dataset = try DatasetLoader().open(
            path: imagenet + "/val227", preprocessing: preprocessing, inputs: [input],
            labels: imagenet + "/val227_labels.csv")
        #expect(dataset.count == 650)
        #expect(dataset.label(at: 0) == 472)
        var seen: [Int] = []
        try dataset.forEachSample(
            5, skipped: { _ in },
            body: { sample in
                seen.append(sample.index)
                #expect(sample.tensors["x"]?.shape == [1, 3, 224, 224])
            })
        #expect(seen == [0, 130, 260, 390, 520])
    }

    @Test func arraysFeedTheirModels() throws {
        let features = DatasetInput(name: "x", type: TensorType(.float32, shape: [1, 49, 10, 1]))
        let speech = TestData.root + "/data/speech_commands"
        let clips = try DatasetLoader().open(
            path: speech + "/test_mfcc30ms.npy", inputs: [features], labels: speech + "/test_labels.npy")
        #expect(clips.count == 2200)
        #expect(try clips.tensors(at: 2199)["x"]?.shape == [1, 49, 10, 1])
        let records = try DatasetLoader().open(
            path: TestData.root + "/data/cifar10/test_3000.bin",
            inputs: [DatasetInput(name: "x", type: TensorType(.float32, shape: [1, 3, 32, 32]))])
        #expect(records.count == 3000)
        #expect(try records.tensors(at: 2999)["x"]?.count == 3072)
    }
}

/// CRC-32 as zip and PNG have it.
private struct Checksum {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(byte) { value, _ in (value >> 1) ^ (value & 1 == 0 ? 0 : 0xEDB8_8320) }
    }
    private var state: UInt32 = 0xFFFF_FFFF

    var value: UInt32 { ~state }

    mutating func update(_ bytes: [UInt8]) {
        let table = Self.table
        for byte in bytes { state = (state >> 8) ^ table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] }
    }
}
