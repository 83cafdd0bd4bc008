import Datasets
import TensorCore
import TestSupport
import Testing

struct ImageTests {
    @Test(arguments: ImageGoldens.files)
    func decodesLikePillow(_ golden: Golden) throws {
        let folder = try ScratchFolder()
        let path = try folder.write(golden.source, "picture")
        let image = try ImageDecoder.decode(path: path)
        #expect(image.width == golden.width)
        #expect(image.height == golden.height)
        #expect(image.channels == 3)
        #expect(image.pixels == golden.result)
    }

    @Test(arguments: ImageGoldens.sized)
    func resizesLikePillow(_ golden: Golden) {
        let image = Image(width: 23, height: 17, channels: 3, pixels: golden.source)
        #expect(image.resized(width: golden.width, height: golden.height).pixels == golden.result)
    }

    @Test func refusesDamagedPictures() throws {
        let folder = try ScratchFolder()
        for golden in ImageGoldens.files {
            for length in [0, 3, 12, golden.source.count / 2] {
                let path = try folder.write(Array(golden.source.prefix(length)), "cut")
                #expect(throws: OctetError.self) { try ImageDecoder.decode(path: path) }
            }
        }
    }

    @Test(arguments: ImageGoldens.files)
    func survivesChangedBytes(_ golden: Golden) throws {
        let folder = try ScratchFolder()
        for position in stride(from: 8, to: golden.source.count, by: 5) {
            var bytes = golden.source
            bytes[position] ^= UInt8(1 << (position % 8))
            let path = try folder.write(bytes, "changed")
            do {
                let image = try ImageDecoder.decode(path: path)
                #expect(image.pixels.count == image.width * image.height * 3)
            } catch let error as OctetError {
                #expect(error.file == path)
            }
        }
    }

    @Test func cropsTheMiddleRoundedDown() {
        let image = Image(width: 4, height: 3, channels: 1, pixels: Array(0..<12))
        #expect(image.centerCropped(width: 1, height: 2).pixels == [1, 5])
        #expect(image.centerCropped(width: 3, height: 1).pixels == [4, 5, 6])
    }

    @Test func resizesTheShorterSide() {
        let wide = Image(width: 10, height: 4, channels: 1, pixels: Array(repeating: 9, count: 40))
        let small = wide.resized(shorterSide: 3)
        #expect([small.width, small.height] == [7, 3])
        #expect(small.pixels == Array(repeating: 9, count: 21))
    }
}
