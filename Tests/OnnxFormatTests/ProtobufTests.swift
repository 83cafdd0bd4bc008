import TensorCore
import Testing
import WireFormats

/// The wire format itself.
struct ProtobufTests {
    @Test func nestedMessagesHaveTheirLengthsInFront() {
        var writer = ProtobufWriter()
        writer.add(1, 150)
        writer.add(3) { outer in
            outer.add(1) { $0.add(2, "ab") }
            outer.add(2, 1 as Float)
        }
        #expect(
            writer.bytes == [0x08, 0x96, 0x01, 0x1a, 0x0b, 0x0a, 0x04, 0x12, 0x02, 0x61, 0x62, 0x15, 0, 0, 0x80, 0x3f])
        #expect(writer.byteCount == writer.bytes.count)
    }

    @Test(arguments: [0, 1, 127, 128, 255, 256, 300, 20_000, 3_000_000])
    func tensorsOfEverySizeAreFramed(count: Int) throws {
        let tensor = Tensor((0..<count).map { UInt8(truncatingIfNeeded: $0) }, shape: [count])
        var inner = ProtobufWriter()
        inner.add(9, contentsOf: tensor)
        inner.add(1, 7)
        var writer = ProtobufWriter()
        writer.add(5) { $0.add(2, inner) }
        writer.add(6, "end")
        let bytes = writer.bytes
        #expect(bytes.count == writer.byteCount)
        try bytes.withUnsafeBytes { bytes in
            var reader = ProtobufReader(bytes)
            var outer = try #require(try reader.next()).message()
            var middle = try #require(try outer.next()).message()
            let slice = try #require(try middle.next()).slice()
            #expect(slice.elementsEqual(tensor.elements(as: UInt8.self)))
            #expect(try #require(try middle.next()).int() == 7)
            #expect(try middle.next() == nil && outer.next() == nil)
            #expect(try #require(try reader.next()).string() == "end")
            #expect(try reader.next() == nil)
        }
    }

    @Test(arguments: [Int.min, -1, 0, 1, 127, 128, 1 << 31, Int.max])
    func integersSurvive(value: Int) throws {
        var writer = ProtobufWriter()
        writer.add(1, value)
        writer.add(2, packed: [value, value])
        writer.add(2, unpacked: [value])
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = ProtobufReader(bytes)
            #expect(try #require(try reader.next()).int() == value)
            var values: [Int] = []
            while let field = try reader.next() { try field.appendInts(to: &values) }
            #expect(values == [value, value, value])
        }
    }

    @Test(
        arguments: [
            [0x0a], [0x0a, 0x02, 0x00], [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            [0x08], [0x08, 0x80], [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
            [0x09, 1, 2, 3], [0x0d, 1], [0x0b], [0x0c], [0x0e], [0x0f], [0x00, 0x00], [0x02, 0x00],
            [0x80, 0x80, 0x80, 0x80, 0x10, 0x00],
        ] as [[UInt8]])
    func damageIsAnError(bytes: [UInt8]) {
        let error = bytes.withUnsafeBytes { bytes in
            failure {
                var reader = ProtobufReader(bytes)
                while try reader.next() != nil {}
            }
        }
        #expect(error?.kind == .invalidModel)
    }

    @Test func depthIsLimited() throws {
        var writer = ProtobufWriter()
        for _ in 0..<150 {
            var outer = ProtobufWriter()
            outer.add(1, writer)
            writer = outer
        }
        let error = writer.bytes.withUnsafeBytes { bytes in
            failure {
                var reader = ProtobufReader(bytes)
                while let field = try reader.next() { reader = try field.message() }
            }
        }
        #expect(error?.kind == .invalidModel && error?.message.contains("deep") == true)
    }

    @Test func anotherWireTypeIsAnError() throws {
        var writer = ProtobufWriter()
        writer.add(1, 5)
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = ProtobufReader(bytes)
            let field = try #require(try reader.next())
            #expect(failure { _ = try field.string() }?.kind == .invalidModel)
            #expect(failure { _ = try field.float() }?.kind == .invalidModel)
            #expect(failure { _ = try field.double() }?.kind == .invalidModel)
            #expect(failure { _ = try field.message() }?.kind == .invalidModel)
        }
    }
}
