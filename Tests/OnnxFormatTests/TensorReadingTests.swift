import Foundation
import ModelGraph
import OnnxFormat
import TensorCore
import TestSupport
import Testing
import WireFormats

/// Every way in which a `TensorProto` may hold its elements.
struct TensorReadingTests {
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var type: Int
        var dimensions: [Int]
        var expected: ElementType
        var bytes: [UInt8]
        var fields: @Sendable (inout ProtobufWriter) -> Void

        init(
            _ description: String, _ type: Int, _ dimensions: [Int], _ expected: ElementType, _ bytes: [UInt8],
            _ fields: @escaping @Sendable (inout ProtobufWriter) -> Void
        ) {
            testDescription = description
            self.type = type
            self.dimensions = dimensions
            self.expected = expected
            self.bytes = bytes
            self.fields = fields
        }
    }

    static let cases: [Case] = [
        Case("float32 raw", 1, [2], .float32, [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]) {
            $0.add(9, bytes: [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
        },
        Case("float32 packed", 1, [2], .float32, [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]) {
            $0.add(4, packed: [1, -2] as [Float])
        },
        Case("float32 one by one", 1, [2], .float32, [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]) {
            $0.add(4, 1 as Float)
            $0.add(4, -2 as Float)
        },
        Case("float32 in two packs", 1, [2], .float32, [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]) {
            $0.add(4, packed: [1] as [Float])
            $0.add(4, packed: [-2] as [Float])
        },
        Case("float64 packed", 11, [1], .float64, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]) {
            $0.add(10, bytes: [0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
        },
        Case("complex64 in float_data", 14, [1], .complex64, [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]) {
            $0.add(4, packed: [1, -2] as [Float])
        },
        Case("int32 packed", 6, [2], .int32, [1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]) { $0.add(5, packed: [1, -1]) },
        Case("int32 one by one", 6, [2], .int32, [1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]) {
            $0.add(5, unpacked: [1, -1])
        },
        Case("int64 packed", 7, [1], .int64, [254, 255, 255, 255, 255, 255, 255, 255]) { $0.add(7, packed: [-2]) },
        Case("uint8 in int32_data", 2, [3], .uint8, [0, 128, 255]) { $0.add(5, packed: [0, 128, 255]) },
        Case("int8 in int32_data", 3, [3], .int8, [0x80, 0xff, 0x7f]) { $0.add(5, packed: [-128, -1, 127]) },
        Case("uint16 in int32_data", 4, [1], .uint16, [0xff, 0xff]) { $0.add(5, packed: [65535]) },
        Case("int16 in int32_data", 5, [1], .int16, [0, 0x80]) { $0.add(5, packed: [-32768]) },
        Case("bool in int32_data", 9, [2], .bool, [0, 1]) { $0.add(5, packed: [0, 1]) },
        Case("bool raw with odd bytes", 9, [3], .bool, [0, 1, 1]) { $0.add(9, bytes: [0, 1, 7]) },
        Case("float16 in int32_data", 10, [1], .float16, [0, 0x3c]) { $0.add(5, packed: [0x3c00]) },
        Case("bfloat16 in int32_data", 16, [1], .bfloat16, [0x80, 0x3f]) { $0.add(5, packed: [0x3f80]) },
        Case("float8e4m3fn in int32_data", 17, [1], .float8e4m3fn, [0xf8]) { $0.add(5, packed: [0xf8]) },
        Case("uint32 in uint64_data", 12, [1], .uint32, [255, 255, 255, 255]) { $0.add(11, packed: [0xffff_ffff]) },
        Case("uint64 in uint64_data", 13, [1], .uint64, [9, 0, 0, 0, 0, 0, 0, 0]) { $0.add(11, packed: [9]) },
        Case("int4, two in a number", 22, [3], .int4, [0x21, 0x0f]) { $0.add(5, packed: [0x21, 0x0f]) },
        Case("uint4 raw", 21, [3], .uint4, [0x21, 0x0f]) { $0.add(9, bytes: [0x21, 0x0f]) },
        Case("int2, four in a number", 26, [5], .int2, [0xe4, 0x01]) { $0.add(5, packed: [0xe4, 0x01]) },
        Case("no elements", 1, [0, 4], .float32, []) { _ in },
        Case("no elements, raw", 1, [0], .float32, []) { $0.add(9, bytes: [] as [UInt8]) },
        Case("a scalar", 7, [], .int64, [5, 0, 0, 0, 0, 0, 0, 0]) { $0.add(7, packed: [5]) },
    ]

    @Test(arguments: cases)
    func elementsAreRead(testCase: Case) throws {
        let tensor = try read(
            ModelFile.tensor("w", type: testCase.type, dimensions: testCase.dimensions, testCase.fields))
        #expect(tensor.elementType == testCase.expected)
        #expect(tensor.shape == testCase.dimensions)
        #expect(tensor.withBytes { Array($0) } == testCase.bytes)
    }

    @Test func stringsAreRead() throws {
        let tensor = try read(
            ModelFile.tensor("w", type: 8, dimensions: [2, 1]) {
                $0.add(6, "zwei")
                $0.add(6, "")
            })
        #expect(tensor.strings == ["zwei", ""])
    }

    @Test func dimensionsMayBePacked() throws {
        var message = ProtobufWriter()
        message.add(1, packed: [2, 1])
        message.add(2, 1)
        message.add(4, packed: [1, 2] as [Float])
        message.add(8, "w")
        #expect(try read(message).shape == [2, 1])
    }

    static let damaged: [Case] = [
        Case("raw too short", 1, [3], .float32, []) { $0.add(9, bytes: [0, 0, 0, 0]) },
        Case("raw too long", 2, [3], .uint8, []) { $0.add(9, bytes: [0, 0, 0, 0]) },
        Case("packed too short", 1, [3], .float32, []) { $0.add(4, packed: [1] as [Float]) },
        Case("numbers too few", 6, [3], .int32, []) { $0.add(5, packed: [1, 2]) },
        Case("numbers too many", 6, [1], .int32, []) { $0.add(5, packed: [1, 2]) },
        Case("nothing", 1, [3], .float32, []) { _ in },
        Case("a huge shape", 1, [1 << 20, 1 << 20], .float32, []) { $0.add(9, bytes: [0, 0, 0, 0]) },
        Case("a huge shape of numbers", 7, [1 << 40], .int64, []) { $0.add(7, packed: [1]) },
        Case("an overflowing shape", 1, [1 << 40, 1 << 40, 1 << 40], .float32, []) { $0.add(9, bytes: [0]) },
        Case("an overflowing shape with a zero", 1, [1 << 40, 0, 1 << 40], .float32, []) { _ in },
        Case("a negative extent", 1, [-1], .float32, []) { $0.add(9, bytes: [0, 0, 0, 0]) },
        Case("stored twice", 1, [1], .float32, []) {
            $0.add(4, packed: [1] as [Float])
            $0.add(9, bytes: [0, 0, 0, 0])
        },
        Case("the wrong field", 1, [1], .float32, []) { $0.add(5, packed: [1]) },
        Case("an element out of range", 2, [1], .uint8, []) { $0.add(5, packed: [256]) },
        Case("an element that is cut off", 7, [1], .int64, []) { $0.add(7, bytes: [0x80]) },
        Case("strings as bytes", 8, [1], .string, []) { $0.add(9, bytes: [0]) },
        Case("strings too few", 8, [2], .string, []) { $0.add(6, "one") },
    ]

    @Test(arguments: damaged)
    func damageIsAnError(testCase: Case) throws {
        let error = failure {
            _ = try read(ModelFile.tensor("w", type: testCase.type, dimensions: testCase.dimensions, testCase.fields))
        }
        #expect(error?.kind == .invalidModel)
        #expect(error?.message.contains("'w'") == true)
        #expect(error?.file != nil)
    }

    @Test(arguments: [0, 27, 99])
    func unknownElementTypesAreUnsupported(type: Int) {
        let error = failure {
            _ = try read(ModelFile.tensor("w", type: type, dimensions: [1]) { $0.add(9, bytes: [0]) })
        }
        #expect(error?.kind == .unsupported)
    }

    /// Reads the one initializer of a model, through a writer and back when it can be written.
    private func read(_ initializer: ProtobufWriter) throws -> Tensor {
        var file = ModelFile()
        file.initializers = [initializer]
        file.outputs = [ModelFile.value("w")]
        let graph = try file.read()
        let tensor = try #require(graph.value(named: "w").flatMap { graph[$0].constant })
        let scratch = try ScratchFolder()
        try OnnxWriter.write(graph, to: scratch("copy.onnx"))
        let copy = try OnnxReader.read(path: scratch("copy.onnx"))
        let written = try #require(copy.value(named: "w").flatMap { copy[$0].constant })
        #expect(written.type == tensor.type && written.contentHash == tensor.contentHash)
        return tensor
    }
}
