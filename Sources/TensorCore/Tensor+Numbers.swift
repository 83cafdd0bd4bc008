extension Tensor {
    /// The elements of any integer or Boolean tensor as `Int`, packed types unpacked; `nil` for other types and for
    /// values that do not fit.
    public var integers: [Int]? {
        switch elementType {
        case .int8: elements(as: Int8.self).map(Int.init)
        case .int16: elements(as: Int16.self).map(Int.init)
        case .int32: elements(as: Int32.self).map(Int.init)
        case .int64: elements(as: Int64.self).map(Int.init)
        case .uint8: elements(as: UInt8.self).map(Int.init)
        case .uint16: elements(as: UInt16.self).map(Int.init)
        case .uint32: elements(as: UInt32.self).map(Int.init)
        case .uint64: exactIntegers
        case .bool: withBytes { $0.map { $0 == 0 ? 0 : 1 } }
        case .int4, .uint4, .int2, .uint2: unpackedIntegers
        default: nil
        }
    }

    private var exactIntegers: [Int]? {
        let values = elements(as: UInt64.self).map(Int.init(exactly:))
        return values.contains(nil) ? nil : values.compactMap { $0 }
    }

    private var unpackedIntegers: [Int] {
        let width = elementType.bitWidth
        let perByte = 8 / width
        let sign = elementType.isSignedInteger ? 1 << (width - 1) : 0
        return withBytes { bytes in
            (0..<count).map { index in
                let code = Int(bytes[index / perByte] >> UInt8(index % perByte * width)) & ((1 << width) - 1)
                return (code ^ sign) - sign
            }
        }
    }

    /// The elements of any real or integer tensor as `Float`; `nil` for strings and complex numbers.
    public var floats: [Float]? {
        switch elementType {
        case .float32: elements(as: Float.self)
        case .float64: elements(as: Double.self).map(Float.init)
        case .float16: elements(as: Half.self).map(\.float)
        case .bfloat16: elements(as: BFloat16.self).map(\.float)
        case .uint64: elements(as: UInt64.self).map(Float.init)
        default: integers?.map(Float.init)
        }
    }
}
