import Datasets
import TensorCore
import TestSupport
import Testing

struct NumPyTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func array(_ golden: String) throws -> NumPyArray {
        try NumPyArray(path: folder.write(Golden.bytes(golden), "array.npy"))
    }

    @Test(arguments: ArrayGoldens.counted.map(\.name))
    func readsWhatNumPyWrites(_ name: String) throws {
        let file = try #require(ArrayGoldens.counted.first { $0.name == name }?.file)
        let array = try array(file)
        #expect(array.shape == [2, 3, 4])
        let tensor = array.tensor()
        #expect(tensor.elementType == array.elementType)
        #expect(tensor.floats == (0..<24).map(Float.init))
        #expect(array.row(1).shape == [3, 4])
        #expect(array.row(1).floats == (12..<24).map(Float.init))
    }

    @Test func readsOtherElements() throws {
        #expect(try array(ArrayGoldens.flags).tensor().elements(as: Bool.self) == [true, false, true])
        #expect(try array(ArrayGoldens.text).tensor().strings == ["a", "été", "漢字"])
        #expect(try array(ArrayGoldens.bytes).tensor().strings == ["ab", "c"])
        let scalar = try array(ArrayGoldens.scalar).tensor()
        #expect(scalar.shape.isEmpty)
        #expect(scalar.floats == [2.5])
        let complex = try array(ArrayGoldens.complex).tensor()
        #expect(complex.elementType == .complex64)
        #expect(
            complex.withBytes { bytes in (0..<4).map { bytes.load(fromByteOffset: 4 * $0, as: Float.self) } } == [
                1, 2, 3, -4,
            ])
    }

    @Test func refusesRecords() throws {
        let error = try #require(throws: OctetError.self) { try array(ArrayGoldens.records) }
        #expect(error.kind == .unsupported)
    }

    /// Every cut and many changed bytes either read or throw.
    @Test func survivesDamage() throws {
        let bytes = Golden.bytes(ArrayGoldens.counted[0].file)
        for length in 0..<bytes.count {
            let path = try folder.write(Array(bytes.prefix(length)), "cut.npy")
            #expect(throws: OctetError.self) { try NumPyArray(path: path) }
        }
        for position in 0..<100 {
            for value: UInt8 in [0, 0x27, 0x28, 0x2C, 0x39, 0xFF] {
                var changed = bytes
                changed[position] = value
                let path = try folder.write(changed, "changed.npy")
                do {
                    let array = try NumPyArray(path: path)
                    #expect(array.tensor().shape == array.shape)
                } catch let error as OctetError {
                    #expect(error.file == path)
                }
            }
        }
    }

    @Test(arguments: [
        "(4611686018427387904, 4611686018427387904)", "(0, 4611686018427387904, 8)", "(9223372036854775807,)", "(-1,)",
        "(99999999999999999999,)",
    ])
    func refusesImpossibleShapes(_ shape: String) throws {
        var text = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }"
        text += String(repeating: " ", count: 117 - text.utf8.count) + "\n"
        let path = try folder.write(
            [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(text.utf8) + [0, 0, 0, 0], "impossible.npy")
        #expect(throws: OctetError.self) { try NumPyArray(path: path) }
    }

    @Test func writesWhatItReads() throws {
        let tensors = [
            Tensor([1.5, -2, .infinity] as [Float], shape: [3, 1]), Tensor([-128, 127] as [Int8], shape: [2]),
            Tensor(scalar: Int64.min), Tensor([true, false], shape: [1, 2]), Tensor(.float16, shape: [0, 4]),
            Tensor([UInt64.max], shape: [1]), Tensor([0.1] as [Double], shape: [1, 1, 1]),
        ]
        for tensor in tensors {
            let path = folder("written.npy")
            try NumPyWriter.write(tensor, to: path)
            let read = try NumPyArray(path: path).tensor()
            #expect(read.type == tensor.type)
            #expect(read.withBytes { Array($0) } == tensor.withBytes { Array($0) })
        }
        let path = folder("text.npy")
        try NumPyWriter.write(Tensor(strings: ["", "né", "abc"], shape: [3]), to: path)
        #expect(try NumPyArray(path: path).tensor().strings == ["", "né", "abc"])
    }

    @Test func widensWhatNumPyLacks() throws {
        let path = folder("wide.npy")
        let packed = Tensor(.int4, shape: [3])
        packed.storage.bytes.copyBytes(from: [0x7F, 0x08])
        try NumPyWriter.write(packed, to: path)
        #expect(try NumPyArray(path: path).tensor().elements(as: Int8.self) == [-1, 7, -8])
        try NumPyWriter.write(Tensor([BFloat16(1.5), BFloat16(-3)], shape: [2]), to: path)
        #expect(try NumPyArray(path: path).tensor().elements(as: Float.self) == [1.5, -3])
    }

    @Test(arguments: [ArrayGoldens.stored, ArrayGoldens.deflated])
    func readsArchives(_ golden: String) throws {
        let archive = try NumPyArchive(path: folder.write(Golden.bytes(golden), "arrays.npz"))
        #expect(archive.names == ["first", "second"])
        let first = try archive.tensor(named: "first")
        #expect(first.shape == [4, 6])
        #expect(first.floats == (0..<24).map(Float.init))
        #expect(try archive.tensor(named: "second").integers == (0..<100).map { $0 / 25 })
        #expect(throws: OctetError.self) { try archive.array(named: "third") }
    }

    @Test(arguments: [ArrayGoldens.stored, ArrayGoldens.deflated])
    func survivesDamagedArchives(_ golden: String) throws {
        let bytes = Golden.bytes(golden)
        for position in 0..<bytes.count {
            var changed = bytes
            changed[position] ^= 0x81
            let path = try folder.write(changed, "changed.npz")
            do {
                let archive = try NumPyArchive(path: path)
                for name in archive.names { _ = try archive.tensor(named: name) }
            } catch let error as OctetError {
                #expect(error.file?.hasPrefix(path) == true)
            }
        }
    }

    @Test func writesArchives() throws {
        let path = folder("written.npz")
        let writer = try NumPyArchiveWriter(path: path)
        let names = ["plain", "block/relu:0", "größe"]
        for (index, name) in names.enumerated() {
            try writer.append(Tensor([Int32(index), -1], shape: [2]), name: name)
        }
        #expect(throws: OctetError.self) { try writer.append(Tensor(scalar: Float(0)), name: "plain") }
        try writer.finish()
        let archive = try NumPyArchive(path: path)
        #expect(archive.names == names)
        for (index, name) in names.enumerated() {
            #expect(try archive.tensor(named: name).elements(as: Int32.self) == [Int32(index), -1])
        }
    }
}
