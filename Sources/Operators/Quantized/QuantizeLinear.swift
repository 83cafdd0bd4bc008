public import ModelGraph
public import TensorCore

/// ONNX `QuantizeLinear`: y = saturate(round_half_even(x / scale) + zero point), with scale (input 1) and zero point
/// (input 2, 0 if left out) per tensor, per index of `axis`, or per block along it.
public struct QuantizeLinear: TensorOperator {
    public static let name = "QuantizeLinear"

    public var axis: Int
    /// Elements along `axis` that share a scale; 0 when each index has its own.
    public var blockSize: Int
    /// The output's element type; `nil` takes the zero point's, or uint8.
    public var outputType: ElementType?
    /// The type the division is made in; `nil` takes the scale's.
    public var precision: ElementType?
    /// Whether 8-bit floats saturate (attribute `saturate`); integers always do.
    public var saturatesFloats: Bool

    public var canDecideShapes: Bool { false }

    public init(
        axis: Int = 1, blockSize: Int = 0, outputType: ElementType? = nil, precision: ElementType? = nil,
        saturatesFloats: Bool = true
    ) {
        self.axis = axis
        self.blockSize = blockSize
        self.outputType = outputType
        self.precision = precision
        self.saturatesFloats = saturatesFloats
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let zeroPoint = try inputs.optionalTensor(2)?.elementType
        if let zeroPoint, let outputType, zeroPoint != outputType {
            throw OctetError(
                .invalidModel, "the zero point has another type than the output", expected: outputType.rawValue,
                found: zeroPoint.rawValue)
        }
        return [.tensor(zeroPoint ?? outputType ?? .uint8, try inputs.tensor(0).shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, [.float32, .float16, .bfloat16, .int32])
        try inputs.require(1, [.float32, .float16, .bfloat16])
        try inputs.require(2, LinearParameters.codeTypes)
        if let outputType, !LinearParameters.codeTypes.contains(outputType) {
            throw OctetError(.unsupported, "evaluation does not quantize to \(outputType.rawValue)")
        }
        if let precision, ![.float32, .float16, .bfloat16].contains(precision) {
            throw OctetError(.unsupported, "evaluation does not divide in \(precision.rawValue)")
        }
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let scale = try inputs.required(1)
        let parameters = try LinearParameters.read(
            scale, inputs.optional(2), axis: axis, blockSize: blockSize, shape: x.shape)
        let place = try AffineCodes.scaleIndices(parameters, shape: x.shape)
        let values = try x.integers?.map(Float.init) ?? x.singles()
        let (scales, zeroPoints) = (parameters.scales, parameters.zeroPoints)
        let round = LinearParameters.rounding(precision ?? scale.elementType)
        if [ElementType].narrowFloats.contains(output.elementType) {
            let quotients = values.indices.map { index in
                // The zero point added, which turns −0 into 0.
                Double(round(round(values[index]) / round(scales[place(index)]))) + 0
            }
            return try output.setNarrowReals(quotients, saturates: saturatesFloats)
        }
        let range = try IntegerArithmetic.range(of: output.elementType)
        try output.setCodes(
            values.indices.map { index in
                let scale = place(index)
                let quotient = round(round(values[index]) / round(scales[scale]))
                return IntegerArithmetic.saturate(quotient, zeroPoint: zeroPoints[scale], to: range)
            })
    }
}

/// ONNX `DequantizeLinear`: y = (x − zero point) · scale, with parameters as for ``QuantizeLinear``.
public struct DequantizeLinear: TensorOperator {
    public static let name = "DequantizeLinear"

    public var axis: Int
    /// Elements along `axis` that share a scale; 0 when each index has its own.
    public var blockSize: Int
    /// The output's element type; `nil` takes the scale's.
    public var outputType: ElementType?

    public var canDecideShapes: Bool { false }

    public init(axis: Int = 1, blockSize: Int = 0, outputType: ElementType? = nil) {
        self.axis = axis
        self.blockSize = blockSize
        self.outputType = outputType
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(try outputType ?? inputs.tensor(1).elementType, try inputs.tensor(0).shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, LinearParameters.codeTypes.union([.int32]))
        try inputs.require(1, [.float32, .float16, .bfloat16])
        try inputs.require(2, LinearParameters.codeTypes.union([.int32]))
        if let outputType, ![.float32, .float16, .bfloat16].contains(outputType) {
            throw OctetError(.unsupported, "evaluation does not dequantize to \(outputType.rawValue)")
        }
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let parameters = try LinearParameters.read(
            inputs.required(1), inputs.optional(2), axis: axis, blockSize: blockSize, shape: x.shape)
        let place = try AffineCodes.scaleIndices(parameters, shape: x.shape)
        let (scales, zeroPoints) = (parameters.scales, parameters.zeroPoints)
        if let reals = x.narrowReals() {
            return try output.setSingles(reals.indices.map { Float(reals[$0]) * scales[place($0)] })
        }
        let codes = try x.codes()
        try output.setSingles(
            codes.indices.map { index in
                let scale = place(index)
                return Float(codes[index] &- zeroPoints[scale]) * scales[scale]
            })
    }
}

/// Scale and zero-point inputs of ONNX's quantized operators.
enum LinearParameters {
    static let codeTypes = [ElementType].narrowFloats.filter { $0 != .float8e8m0 }.union([
        .int8, .uint8, .int16, .uint16, .int4, .uint4, .int2, .uint2,
    ])

    /// - Parameter blockSize: 0 for none.
    static func read(
        _ scale: Tensor, _ zeroPoint: Tensor?, axis: Int, blockSize: Int, shape: [Int]
    ) throws -> QuantizationParameters {
        let scales = try scale.singles()
        let zeroPoints = try zeroPoint.flatMap(Self.codes) ?? Array(repeating: 0, count: scales.count)
        if scales.count == 1 && blockSize == 0 { return QuantizationParameters(scales: scales, zeroPoints: zeroPoints) }
        return QuantizationParameters(
            scales: scales, zeroPoints: zeroPoints, axis: try Shapes.axis(axis, rank: shape.count),
            blockSize: blockSize == 0 ? nil : blockSize)
    }

    /// The zero points as integers; float types have no other than 0, which is `nil`.
    private static func codes(_ zeroPoint: Tensor) throws -> [Int32]? {
        guard let reals = zeroPoint.narrowReals() else { return try zeroPoint.codes() }
        guard reals.allSatisfy({ $0 == 0 }) else {
            throw OctetError(.invalidModel, "the zero point of a float type must be 0", found: "\(reals.prefix(8))")
        }
        return nil
    }

    /// Rounds to a float type.
    static func rounding(_ type: ElementType) -> (Float) -> Float {
        switch type {
        case .float16: { Half($0).float }
        case .bfloat16: { BFloat16($0).float }
        default: { $0 }
        }
    }
}
