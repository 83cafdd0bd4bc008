extension Tensor {
    /// The same numbers as another real or integer element type.
    /// - Throws: `invalidArgument` when a number is not representable (a fraction or a value out of range as an
    ///   integer), or the types are not numbers.
    public func converted(to target: ElementType) throws -> Tensor {
        if target == elementType { return self }
        if target == .int64, let integers { return Tensor(integers.map(Int64.init), shape: shape) }
        if target == .int32, let integers, integers.allSatisfy({ Int32(exactly: $0) != nil }) {
            return Tensor(integers.map { Int32($0) }, shape: shape)
        }
        guard let floats else { throw impossible(target) }
        switch target {
        case .float32: return Tensor(floats, shape: shape)
        case .float64: return Tensor(floats.map(Double.init), shape: shape)
        case .float16: return Tensor(floats.map { Half($0) }, shape: shape)
        case .bfloat16: return Tensor(floats.map { BFloat16($0) }, shape: shape)
        case .uint8: return Tensor(try exact(floats, target) { UInt8(exactly: $0) }, shape: shape)
        case .int8: return Tensor(try exact(floats, target) { Int8(exactly: $0) }, shape: shape)
        case .int32: return Tensor(try exact(floats, target) { Int32(exactly: $0) }, shape: shape)
        case .int64: return Tensor(try exact(floats, target) { Int64(exactly: $0) }, shape: shape)
        default: throw impossible(target)
        }
    }

    private func exact<Element>(
        _ floats: [Float], _ target: ElementType, _ convert: (Float) -> Element?
    ) throws -> [Element] {
        try floats.map { value in
            guard let element = convert(value) else { throw impossible(target, value) }
            return element
        }
    }

    private func impossible(_ target: ElementType, _ value: Float? = nil) -> OctetError {
        OctetError(
            .invalidArgument, "a tensor cannot be converted", expected: target.rawValue,
            found: value.map { "\($0) in \(elementType.rawValue)" } ?? elementType.rawValue)
    }
}
