import Datasets
import TensorCore
import TestSupport
import Testing

/// Expected bit patterns are NumPy's in float32.
struct PreprocessingTests {
    private let pixels: [UInt8] = [0, 1, 77, 128, 254, 255]

    /// A CIFAR record is the shortest way to feed chosen pixels: these six, then zeros, in each colour's plane.
    private func planes(
        _ preprocessing: Preprocessing, shape: [Dimension] = [1, 3, 32, 32], type: ElementType = .float32
    ) throws -> Tensor {
        let folder = try ScratchFolder()
        var record: [UInt8] = [7]
        for plane in 0..<3 {
            record += pixels.map { $0 ^ UInt8(plane) } + Array(repeating: 0, count: 1018)
        }
        let input = DatasetInput(name: "x", type: TensorType(type, shape: shape))
        let dataset = try DatasetLoader().open(
            path: folder.write(record, "one.bin"), preprocessing: preprocessing, inputs: [input])
        #expect(dataset.label(at: 0) == 7)
        return try #require(dataset.tensors(at: 0)["x"])
    }

    private func bits(_ tensor: Tensor, plane: Int) -> [UInt32] {
        tensor.elements(as: Float.self)[plane * 1024..<plane * 1024 + 6].map(\.bitPattern)
    }

    @Test func imagenetDividesBy255() throws {
        let red: [UInt32] = [0xC007_8BBD, 0xC006_732B, 0xBF4C_9EC9, 0x3D97_AF32, 0x400E_D58A, 0x400F_EE1D]
        #expect(try bits(planes(.imagenet), plane: 0) == red)
    }

    @Test func tfIsCentred() throws {
        let red: [UInt32] = [0xBF80_0000, 0xBF7D_FDFE, 0xBECA_CACB, 0x3B80_8081, 0x3F7D_FDFE, 0x3F80_0000]
        #expect(try bits(planes(.tf), plane: 0) == red)
    }

    @Test func aFactorMultiplies() throws {
        let red: [UInt32] = [0, 0x3B80_8081, 0x3E9A_9A9B, 0x3F00_8081, 0x3F7E_FF00, 0x3F80_0000]
        #expect(try bits(planes(Preprocessing(scale: .factor(1 / 255))), plane: 0) == red)
        let divided: [UInt32] = [0, 0x3B80_8081, 0x3E9A_9A9B, 0x3F00_8081, 0x3F7E_FEFF, 0x3F80_0000]
        #expect(try bits(planes(Preprocessing(scale: .divisor(255))), plane: 0) == divided)
    }

    @Test func caffeIsBlueFirst() throws {
        let values = try planes(.caffe).elements(as: Float.self)
        #expect(values[0..<6].elementsEqual(pixels.map { Float($0 ^ 2) - 104 }))
        #expect(values[1024..<1030].elementsEqual(pixels.map { Float($0 ^ 1) - 117 }))
        #expect(values[2048..<2054].elementsEqual(pixels.map { Float($0) - 123 }))
    }

    @Test func layoutFollowsTheInput() throws {
        let tensor = try planes(.none, shape: [.symbol("N"), 32, 32, 3])
        #expect(tensor.shape == [1, 32, 32, 3])
        #expect(tensor.elements(as: Float.self)[0..<6] == [0, 1, 2, 1, 0, 3])
        let asked = try planes(Preprocessing(layout: .nhwc), shape: [.unknown, .unknown, .unknown, .unknown])
        #expect(asked.shape == [1, 32, 32, 3])
    }

    @Test func bytesStayBytes() throws {
        let tensor = try planes(.none, shape: [1, 32, 32, 3], type: .uint8)
        #expect(tensor.elements(as: UInt8.self)[0..<3] == [0, 1, 2])
        #expect(throws: OctetError.self) { try planes(.tf, shape: [1, 32, 32, 3], type: .uint8) }
    }

    @Test func stepsRunInOrder() throws {
        let cropped = Preprocessing(steps: [.resize(width: 16, height: 8), .crop(width: 4, height: 2)])
        #expect(try planes(cropped, shape: [1, 3, 2, 4]).shape == [1, 3, 2, 4])
        let resized = Preprocessing(steps: [.crop(width: 4, height: 2), .resizeShorterSide(8)])
        #expect(try planes(resized, shape: [1, 3, 8, 16]).shape == [1, 3, 8, 16])
    }

    @Test(arguments: [
        Preprocessing(steps: [.crop(width: 33, height: 1)]), Preprocessing(steps: [.resizeShorterSide(0)]),
        Preprocessing(steps: [.resizeShorterSide(31)]), Preprocessing(mean: [1, 2]),
        Preprocessing(standardDeviation: [0]), Preprocessing(scale: .factor(.nan)),
    ])
    func refusesWhatCannotBe(_ preprocessing: Preprocessing) {
        #expect(throws: OctetError.self) { try planes(preprocessing) }
    }

    @Test func readsScalesAsText() {
        #expect(Preprocessing.Scale("1/255") == .divisor(255))
        #expect(Preprocessing.Scale("0.5") == .factor(0.5))
        #expect(Preprocessing.Scale("1/0") == nil)
        #expect(Preprocessing.Scale("x") == nil)
        #expect(Preprocessing.Scale(Preprocessing.Scale.divisor(255).description) == .divisor(255))
    }
}
