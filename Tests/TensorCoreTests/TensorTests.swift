import TensorCore
import Testing

/// Shapes, elements and conversions.
struct TensorTests {
    @Test func elementCountsAreChecked() {
        #expect(Tensor.elementCount(of: []) == 1)
        #expect(Tensor.elementCount(of: [2, 3, 4]) == 24)
        #expect(Tensor.elementCount(of: [.max, 0]) == 0)
        #expect(Tensor.elementCount(of: [1 << 32, 1 << 31]) == nil)
        #expect(Tensor.elementCount(of: [2, -1]) == nil)
        #expect(ElementType.float64.byteCount(of: .max) == nil)
        #expect(ElementType.int4.byteCount(of: 5) == 3)
    }

    @Test func packedElementsStartInTheLowBits() {
        let bytes: [UInt8] = [0x8F, 0x07]
        let four = Tensor(.int4, shape: [3])
        four.storage.bytes.copyBytes(from: bytes)
        #expect(four.integers == [-1, -8, 7])
        let two = Tensor(.uint2, shape: [5])
        two.storage.bytes.copyBytes(from: [0b11_10_01_00, 0b10])
        #expect(two.integers == [0, 1, 2, 3, 2])
    }

    @Test func copiesAreApartAndViewsAreNot() {
        let tensor = Tensor([1, 2, 3, 4] as [Float], shape: [4])
        let copy = tensor.copied()
        let view = tensor.reshaped([2, 2])
        tensor.withMutableElements(as: Float.self) { $0[0] = 9 }
        #expect(copy.floats == [1, 2, 3, 4])
        #expect(view.floats == [9, 2, 3, 4] && view.shape == [2, 2])
    }

    @Test func memoryThatIsNotAlignedIsRead() {
        let bytes = TensorStorage(byteCount: 9)
        let values: [Float] = [1.5, -2]
        values.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: bytes.bytes[1...]).copyMemory(from: $0) }
        #expect(Tensor(.float32, shape: [2], storage: bytes, byteOffset: 1).floats == values)
    }

    @Test func conversionsAreExactOrErrors() throws {
        let whole = Tensor([0, 255] as [Float], shape: [2])
        #expect(try whole.converted(to: .uint8).elements(as: UInt8.self) == [0, 255])
        #expect(throws: OctetError.self) { try whole.converted(to: .int8) }
        #expect(throws: OctetError.self) { try Tensor([0.5] as [Float], shape: [1]).converted(to: .int64) }
        #expect(throws: OctetError.self) { try Tensor([Float.nan], shape: [1]).converted(to: .int32) }
        #expect(throws: OctetError.self) { try Tensor(strings: ["a"], shape: [1]).converted(to: .float32) }
        #expect(Tensor([UInt64.max], shape: [1]).integers == nil)
    }

    /// Every half is what its bits say, and the float nearest to it rounds back to it.
    @Test func halvesRoundTrip() {
        for bits in UInt16.min...UInt16.max {
            let half = Half(bits: bits)
            if half.float.isNaN {
                #expect(Half(half.float).float.isNaN)
            } else {
                #expect(Half(half.float) == half)
            }
        }
        #expect(Half(bits: 0x3555).float == 0.333_251_953_125)
    }

    @Test(
        arguments: [
            (1 + 0x1p-11, UInt16(0x3C00)), (1 + 0x1p-11 + 0x1p-20, 0x3C01), (1 + 3 * 0x1p-11, 0x3C02),
            (65519.996, 0x7BFF),
            (65520, 0x7C00), (0x1p-25, 0x0000), (0x1p-25 + 0x1p-40, 0x0001), (-0.0, 0x8000), (-.infinity, 0xFC00),
        ] as [(Float, UInt16)])
    func halvesRoundToEven(_ value: Float, _ bits: UInt16) {
        #expect(Half(value).bits == bits)
    }

    @Test(
        arguments: [(1 + 0x1p-8, UInt16(0x3F80)), (1 + 3 * 0x1p-8, 0x3F82), (-2, 0xC000), (.infinity, 0x7F80)]
            as [(Float, UInt16)])
    func brainFloatsRoundToEven(_ value: Float, _ bits: UInt16) {
        #expect(BFloat16(value).bits == bits)
        #expect(BFloat16(Float.nan).float.isNaN)
    }
}
