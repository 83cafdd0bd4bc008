internal import TensorCore

extension DatasetInput {
    /// The same numbers in the input's element type.
    ///
    /// Integers may become wider, narrower if every value fits, or floating point; floating point may change its
    /// width. A quantized integer input takes real numbers through its scale and zero point.
    /// - Throws: `invalidData` when the numbers cannot be had in that type.
    func converted(_ sample: Tensor) throws -> Tensor {
        let wanted = type.elementType
        if sample.elementType == wanted { return sample }
        let found = sample.elementType
        if wanted.isFloatingPoint, let floats = sample.floats {
            switch wanted {
            case .float32: return Tensor(floats, shape: sample.shape)
            case .float64 where found.isInteger:
                if let integers = sample.integers { return Tensor(integers.map(Double.init), shape: sample.shape) }
            case .float64: return Tensor(floats.map(Double.init), shape: sample.shape)
            case .float16: return Tensor(floats.map(Half.init), shape: sample.shape)
            case .bfloat16: return Tensor(floats.map(BFloat16.init), shape: sample.shape)
            default: break
            }
        }
        if found.isFloatingPoint, let quantization = type.quantization, let floats = sample.floats {
            return try quantized(floats, quantization, shape: sample.shape)
        }
        if let integers = sample.integers, let converted = Self.tensor(of: integers, wanted, shape: sample.shape) {
            return converted
        }
        throw OctetError(
            .invalidData, "the data's numbers do not fit input '\(name)'", expected: wanted.rawValue,
            found: found.rawValue)
    }

    /// `nil` when a value does not fit or the type is no integer of whole bytes.
    private static func tensor(of values: [Int], _ elementType: ElementType, shape: [Int]) -> Tensor? {
        func make<Element: FixedWidthInteger & TensorElement>(_: Element.Type) -> Tensor? {
            var elements: [Element] = []
            elements.reserveCapacity(values.count)
            for value in values {
                guard let element = Element(exactly: value) else { return nil }
                elements.append(element)
            }
            return Tensor(elements, shape: shape)
        }
        return switch elementType {
        case .int8: make(Int8.self)
        case .int16: make(Int16.self)
        case .int32: make(Int32.self)
        case .int64: make(Int64.self)
        case .uint8: make(UInt8.self)
        case .uint16: make(UInt16.self)
        case .uint32: make(UInt32.self)
        case .uint64: make(UInt64.self)
        case .bool: values.allSatisfy { $0 == 0 || $0 == 1 } ? Tensor(values.map { $0 == 1 }, shape: shape) : nil
        default: nil
        }
    }

    private func quantized(_ values: [Float], _ parameters: QuantizationParameters, shape: [Int]) throws -> Tensor {
        guard parameters.isPerTensor, let scale = parameters.scales.first, let zeroPoint = parameters.zeroPoints.first,
            let range = type.elementType.integerRange
        else {
            throw OctetError(.unsupported, "input '\(name)' is quantized in a way that data cannot be fed to")
        }
        let codes = values.map { value -> Int in
            let code = (value / scale).rounded(.toNearestOrEven) + Float(zeroPoint)
            return code.isNaN ? Int(zeroPoint) : Int(min(max(code, Float(range.lowerBound)), Float(range.upperBound)))
        }
        guard let tensor = Self.tensor(of: codes, type.elementType, shape: shape) else {
            throw OctetError(.unsupported, "input '\(name)' is of packed integers", found: "\(type)")
        }
        return Tensor(
            tensor.elementType, shape: shape, storage: tensor.storage, quantization: type.quantization)
    }
}
