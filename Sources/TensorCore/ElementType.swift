/// The type of one element of a tensor.
///
/// The names are ONNX's (`TensorProto.DataType`); types narrower than a byte are stored packed, the first element
/// in the low bits.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    case float32, float64, float16, bfloat16
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case bool, string
    case int4, uint4, int2, uint2
    case float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz, float8e8m0, float4e2m1
    case complex64, complex128

    /// Bits that one element takes in storage; 0 for strings, which are stored apart.
    public var bitWidth: Int {
        switch self {
        case .string: 0
        case .int2, .uint2: 2
        case .int4, .uint4, .float4e2m1: 4
        case .bool, .int8, .uint8, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0: 8
        case .int16, .uint16, .float16, .bfloat16: 16
        case .int32, .uint32, .float32: 32
        case .int64, .uint64, .float64, .complex64: 64
        case .complex128: 128
        }
    }

    /// Bytes from one element to the next; `nil` for packed types and strings.
    public var byteStride: Int? {
        bitWidth >= 8 ? bitWidth / 8 : nil
    }

    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float64, .float16, .bfloat16, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz,
            .float8e8m0, .float4e2m1:
            true
        default: false
        }
    }

    public var isSignedInteger: Bool {
        switch self {
        case .int2, .int4, .int8, .int16, .int32, .int64: true
        default: false
        }
    }

    public var isUnsignedInteger: Bool {
        switch self {
        case .uint2, .uint4, .uint8, .uint16, .uint32, .uint64: true
        default: false
        }
    }

    public var isInteger: Bool { isSignedInteger || isUnsignedInteger }

    /// The smallest and largest value of an integer type of at most 32 bits.
    public var integerRange: ClosedRange<Int>? {
        guard isInteger, bitWidth <= 32 else { return nil }
        return isSignedInteger ? -(1 << (bitWidth - 1))...(1 << (bitWidth - 1)) - 1 : 0...(1 << bitWidth) - 1
    }

    /// Bytes that `count` elements take, packed types rounded up to a whole byte; `nil` on overflow.
    public func byteCount(of count: Int) -> Int? {
        let (bits, overflow) = count.multipliedReportingOverflow(by: bitWidth)
        return overflow || count < 0 ? nil : (bits / 8) + (bits % 8 == 0 ? 0 : 1)
    }
}
