internal import TensorCore

extension Tensor {
    /// The elements of a float tensor of any width, in binary64.
    /// - Throws: `unsupported` for other element types.
    func reals() throws -> [Double] {
        switch elementType {
        case .float32: return withElements(as: Float.self) { $0.map(Double.init) }
        case .float64: return elements(as: Double.self)
        case .float16: return withElements(as: Half.self) { $0.map(\.real) }
        case .bfloat16: return withElements(as: BFloat16.self) { $0.map(\.real) }
        default:
            guard let reals = narrowReals() else {
                throw OctetError(.unsupported, "no evaluation for elements of type \(elementType.rawValue)")
            }
            return reals
        }
    }

    /// Fills a float tensor, each element rounded once to its type.
    /// - Throws: `unsupported` for other element types.
    func setReals(_ values: [Double]) throws {
        switch elementType {
        case .float32: fill(values) { Float($0) }
        case .float64: fill(values) { $0 }
        case .float16: fill(values) { Half(real: $0) }
        case .bfloat16: fill(values) { BFloat16(real: $0) }
        default: try setNarrowReals(values)
        }
    }

    /// The elements of a tensor of float32 or a narrower float type.
    /// - Throws: `unsupported` for other element types.
    func singles() throws -> [Float] {
        switch elementType {
        case .float32: elements(as: Float.self)
        case .float16: withElements(as: Half.self) { $0.map(\.float) }
        case .bfloat16: withElements(as: BFloat16.self) { $0.map(\.float) }
        default: throw OctetError(.unsupported, "no evaluation for elements of type \(elementType.rawValue)")
        }
    }

    /// Fills a tensor of float32 or a narrower float type.
    func setSingles(_ values: [Float]) throws {
        switch elementType {
        case .float32: fill(values) { $0 }
        case .float16: fill(values) { Half($0) }
        case .bfloat16: fill(values) { BFloat16($0) }
        default: throw OctetError(.unsupported, "no evaluation for elements of type \(elementType.rawValue)")
        }
    }

    /// Fills an integer or Boolean tensor; values are cut to the type's bits.
    /// - Throws: `unsupported` for other element types.
    func setIntegers(_ values: [Int]) throws {
        switch elementType {
        case .int8: fill(values) { Int8(truncatingIfNeeded: $0) }
        case .int16: fill(values) { Int16(truncatingIfNeeded: $0) }
        case .int32: fill(values) { Int32(truncatingIfNeeded: $0) }
        case .int64: fill(values) { Int64($0) }
        case .uint8: fill(values) { UInt8(truncatingIfNeeded: $0) }
        case .uint16: fill(values) { UInt16(truncatingIfNeeded: $0) }
        case .uint32: fill(values) { UInt32(truncatingIfNeeded: $0) }
        case .uint64: fill(values) { UInt64(truncatingIfNeeded: $0) }
        case .bool: fill(values) { $0 != 0 }
        case .int4, .uint4, .int2, .uint2: setPacked(values)
        default: throw OctetError(.unsupported, "no evaluation for elements of type \(elementType.rawValue)")
        }
    }

    private func fill<Value, Element: TensorElement>(_ values: [Value], _ convert: (Value) -> Element) {
        withMutableElements(as: Element.self) { target in
            precondition(target.count == values.count)
            for index in values.indices { target[index] = convert(values[index]) }
        }
    }

    private func setPacked(_ values: [Int]) {
        let width = elementType.bitWidth
        let perByte = 8 / width
        let mask = (1 << width) - 1
        let bytes = storage.bytes
        for index in 0..<byteCount { bytes[byteOffset + index] = 0 }
        for (index, value) in values.enumerated() {
            bytes[byteOffset + index / perByte] |= UInt8(value & mask) << UInt8(index % perByte * width)
        }
    }
}
