internal import TensorCore

/// The numbers of `TensorProto.DataType`.
enum OnnxElementType {
    private static let numbers: [(number: Int, type: ElementType, formatVersion: Int64, operatorSet: Int)] = [
        (1, .float32, 3, 1), (2, .uint8, 3, 1), (3, .int8, 3, 1), (4, .uint16, 3, 1), (5, .int16, 3, 1),
        (6, .int32, 3, 1), (7, .int64, 3, 1), (8, .string, 3, 1), (9, .bool, 3, 1), (10, .float16, 3, 1),
        (11, .float64, 3, 1), (12, .uint32, 3, 1), (13, .uint64, 3, 1), (14, .complex64, 3, 1),
        (15, .complex128, 3, 1), (16, .bfloat16, 4, 13), (17, .float8e4m3fn, 9, 19), (18, .float8e4m3fnuz, 9, 19),
        (19, .float8e5m2, 9, 19), (20, .float8e5m2fnuz, 9, 19), (21, .uint4, 10, 21), (22, .int4, 10, 21),
        (23, .float4e2m1, 11, 23), (24, .float8e8m0, 12, 24), (25, .uint2, 13, 25), (26, .int2, 13, 25),
    ]

    private static let byType = Dictionary(uniqueKeysWithValues: numbers.map { ($0.type, $0) })

    /// - Throws: `unsupported` for a number Octet has no element type for.
    static func type(_ number: Int) throws -> ElementType {
        guard let type = numbers.first(where: { $0.number == number })?.type else {
            throw OctetError(.unsupported, "element type \(number) is unknown", expected: "1 to 26")
        }
        return type
    }

    static func number(_ type: ElementType) -> Int { byType[type]?.number ?? 0 }

    /// The lowest `ir_version` that has the type.
    static func formatVersion(_ type: ElementType) -> Int64 { byType[type]?.formatVersion ?? 3 }

    /// The lowest operator set whose operators take the type.
    static func operatorSet(_ type: ElementType) -> Int { byType[type]?.operatorSet ?? 1 }
}
