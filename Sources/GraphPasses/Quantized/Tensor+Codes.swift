public import TensorCore

extension Tensor {
    /// The elements of an integer tensor.
    var codes: [Int32]? {
        switch elementType {
        case .int8: elements(as: Int8.self).map(Int32.init)
        case .uint8: elements(as: UInt8.self).map(Int32.init)
        case .int32: elements(as: Int32.self)
        default: integers?.map { Int32(truncatingIfNeeded: $0) }
        }
    }

    /// An integer tensor with these codes, which fit its type; packed types are packed.
    public init(codes: [Int32], _ elementType: ElementType, shape: [Int]) {
        switch elementType {
        case .int8: self.init(codes.map { Int8(truncatingIfNeeded: $0) }, shape: shape)
        case .uint8: self.init(codes.map { UInt8(truncatingIfNeeded: $0) }, shape: shape)
        case .int16: self.init(codes.map { Int16(truncatingIfNeeded: $0) }, shape: shape)
        case .uint16: self.init(codes.map { UInt16(truncatingIfNeeded: $0) }, shape: shape)
        case .int32: self.init(codes, shape: shape)
        default:
            self.init(elementType, shape: shape)
            let width = elementType.bitWidth
            guard width > 0, width < 8 else { return }
            let perByte = 8 / width
            for (index, code) in codes.enumerated() {
                let bits = UInt8(truncatingIfNeeded: code) & ((1 << UInt8(width)) - 1)
                storage.bytes[index / perByte] |= bits << UInt8(index % perByte * width)
            }
        }
    }
}
