internal import ModelGraph
internal import TensorCore

/// The integer arithmetic of quantized operators, ONNX's rounding: half to even, then the zero point, then saturation.
enum IntegerArithmetic {
    /// saturate(round_half_even(value) + zero point); NaN gives the maximum.
    static func saturate(_ value: Float, zeroPoint: Int32, to range: ClosedRange<Int32>) -> Int32 {
        guard !value.isNaN else { return range.upperBound }
        let bounded = min(max(value.rounded(.toNearestOrEven), -0x1p32), 0x1p32)
        let shifted = Int64(bounded) + Int64(zeroPoint)
        return Int32(min(max(shifted, Int64(range.lowerBound)), Int64(range.upperBound)))
    }

    /// The code of a real: one float32 division, then ``saturate(_:zeroPoint:to:)``.
    static func quantize(_ value: Float, scale: Float, zeroPoint: Int32, to range: ClosedRange<Int32>) -> Int32 {
        saturate(value / scale, zeroPoint: zeroPoint, to: range)
    }

    /// The codes of `type` as int32.
    /// - Throws: `unsupported` when the type is no integer type of at most 32 bits.
    static func range(of type: ElementType) throws -> ClosedRange<Int32> {
        guard let range = type.integerRange, let lower = Int32(exactly: range.lowerBound),
            let upper = Int32(exactly: range.upperBound)
        else { throw OctetError(.unsupported, "no integer arithmetic for elements of type \(type.rawValue)") }
        return lower...upper
    }
}

/// One scale and zero point for a whole tensor, with the range of its codes.
struct TensorScale: Equatable {
    var scale: Float
    var zeroPoint: Int32
    var range: ClosedRange<Int32>

    func quantize(_ value: Float) -> Int32 {
        IntegerArithmetic.quantize(value, scale: scale, zeroPoint: zeroPoint, to: range)
    }

    /// float(q − zero point) · scale.
    func real(_ code: Int32) -> Float { Float(code &- zeroPoint) * scale }
}

extension Tensor {
    /// The codes of a quantized tensor, packed types unpacked.
    /// - Throws: `unsupported` when its type has more than 32 bits or is unsigned with 32.
    func codes() throws -> [Int32] {
        switch elementType {
        case .int8: return withElements(as: Int8.self) { $0.map(Int32.init) }
        case .uint8: return withElements(as: UInt8.self) { $0.map(Int32.init) }
        case .int32: return elements(as: Int32.self)
        case .int16, .uint16, .int4, .uint4, .int2, .uint2:
            return (integers ?? []).map { Int32(truncatingIfNeeded: $0) }
        default:
            throw OctetError(.unsupported, "no integer arithmetic for elements of type \(elementType.rawValue)")
        }
    }

    /// Fills an integer tensor with codes that are in its range.
    func setCodes(_ codes: [Int32]) throws {
        switch elementType {
        case .int8:
            withMutableElements(as: Int8.self) { target in
                for index in codes.indices { target[index] = Int8(truncatingIfNeeded: codes[index]) }
            }
        case .uint8:
            withMutableElements(as: UInt8.self) { target in
                for index in codes.indices { target[index] = UInt8(truncatingIfNeeded: codes[index]) }
            }
        default: try setIntegers(codes.map(Int.init))
        }
    }

    /// The scale of a tensor that is quantized as a whole.
    /// - Throws: `unsupported` when it is not quantized, or not per tensor.
    func tensorScale() throws -> TensorScale {
        guard let quantization, quantization.isPerTensor, let scale = quantization.scales.first,
            let zeroPoint = quantization.zeroPoints.first
        else {
            throw OctetError(
                .unsupported, "integer evaluation needs parameters for the whole tensor",
                found: quantization?.description ?? "\(elementType.rawValue) without parameters")
        }
        return TensorScale(
            scale: scale, zeroPoint: zeroPoint, range: try IntegerArithmetic.range(of: elementType))
    }

    /// The scale and zero point of every index of `axis`, also when there is one for the whole tensor.
    /// - Throws: `unsupported` when the parameters run along another axis or in blocks.
    func channelScales(axis: Int) throws -> (scales: [Float], zeroPoints: [Int32]) {
        let extent = shape.indices.contains(axis) ? shape[axis] : 1
        guard let quantization, quantization.blockSize == nil,
            quantization.scales.count == quantization.zeroPoints.count
        else {
            throw OctetError(.unsupported, "integer evaluation needs parameters per tensor or per channel")
        }
        if quantization.scales.count == 1, let scale = quantization.scales.first,
            let zeroPoint = quantization.zeroPoints.first
        {
            return (Array(repeating: scale, count: extent), Array(repeating: zeroPoint, count: extent))
        }
        guard let own = quantization.axis, own == axis || own + rank == axis, quantization.scales.count == extent else {
            throw OctetError(
                .unsupported, "integer evaluation needs one scale for each index of axis \(axis)",
                expected: "\(extent)", found: quantization.description)
        }
        return (quantization.scales, quantization.zeroPoints)
    }

    /// The codes less their zero points, which may differ along `axis`.
    func centredCodes(axis: Int? = nil) throws -> [Int32] {
        var codes = try codes()
        guard let axis else {
            let zeroPoint = try tensorScale().zeroPoint
            if zeroPoint != 0 { for index in codes.indices { codes[index] &-= zeroPoint } }
            return codes
        }
        let zeroPoints = try channelScales(axis: axis).zeroPoints
        guard zeroPoints.contains(where: { $0 != 0 }), axis < rank else { return codes }
        let inner = shape[(axis + 1)...].reduce(1, *)
        for index in codes.indices { codes[index] &-= zeroPoints[index / inner % shape[axis]] }
        return codes
    }
}

extension TensorType {
    /// What sums of products of this type's elements are, unless the value they go to says otherwise: reals for
    /// quantized elements.
    var resultType: ElementType { quantization == nil ? elementType : .float32 }
}

extension Tensor {
    /// Fills an output with sums of products of codes: requantized where the output is quantized, otherwise as the
    /// reals `float(sum) · (input scale · weight scale)`.
    func setSums(_ sums: [Int32], input: Float, weights: [Float], channel: (Int) -> Int) throws {
        if quantization != nil {
            let requantization = Requantization(input: input, weights: weights, output: try tensorScale())
            try setCodes(sums.indices.map { requantization.code(sums[$0], channel: channel($0)) })
        } else {
            let scales = weights.map { input * $0 }
            try setSingles(sums.indices.map { Float(sums[$0]) * scales[channel($0)] })
        }
    }
}

/// How int32 sums become codes: `float(sum) · multiplier`, rounded half to even, plus the zero point, saturated.
struct Requantization {
    /// (sx · sw) / sy for each channel, in float32.
    var multipliers: [Float]
    var zeroPoint: Int32
    var range: ClosedRange<Int32>

    init(input: Float, weights: [Float], output: TensorScale) {
        multipliers = weights.map { (input * $0) / output.scale }
        zeroPoint = output.zeroPoint
        range = output.range
    }

    func code(_ sum: Int32, channel: Int) -> Int32 {
        IntegerArithmetic.saturate(Float(sum) * multipliers[channel], zeroPoint: zeroPoint, to: range)
    }
}
