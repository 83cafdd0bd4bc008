public import ModelGraph
public import TensorCore

/// An operator between real and quantized values, or between two sets of parameters. The parameters are those of the
/// values' types; there are no inputs or attributes for them.
public protocol QuantizationBorder: TensorOperator {}

extension QuantizationBorder {
    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, [.float32])
    }
}

extension Operator {
    /// True for ``Quantize``, ``Dequantize``, ``Requantize`` and ``StorageCast``.
    public var isQuantizationBorder: Bool {
        Self.self == Quantize.self || Self.self == Dequantize.self || Self.self == Requantize.self
            || Self.self == StorageCast.self
    }
}

/// Real → quantized: saturate(round_half_even(x / scale) + zero point). The output's type carries the parameters.
public struct Quantize: QuantizationBorder {
    public static let name = "Quantize"

    public init() {}

    /// The element type is only a guess: a quantized value keeps the type declared for it.
    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(.uint8, try inputs.tensor(0).shape)]
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try AffineCodes.quantize(inputs.required(0).singles(), into: output)
    }
}

/// Quantized → real: (q − zero point) · scale. The input's type carries the parameters.
public struct Dequantize: QuantizationBorder {
    public static let name = "Dequantize"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(.float32, try inputs.tensor(0).shape)]
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        try outputs.optional(0)?.setSingles(AffineCodes.dequantize(inputs.required(0)))
    }
}

/// Quantized → quantized with other parameters: what ``Dequantize`` followed by ``Quantize`` gives.
public struct Requantize: QuantizationBorder {
    public static let name = "Requantize"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        return [.tensor(x.elementType, x.shape)]
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let input = try inputs.required(0)
        if input.elementType == output.elementType && input.quantization == output.quantization {
            output.setElements(of: input)
        } else {
            try AffineCodes.quantize(AffineCodes.dequantize(input), into: output)
        }
    }
}

/// Codes taken as they are: quantized → plain integers of the same element type, plain integers → quantized, or
/// quantized → quantized with other parameters, without a change to any bit.
public struct StorageCast: QuantizationBorder {
    public static let name = "StorageCast"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {}

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        outputs.optional(0)?.setElements(of: try inputs.required(0))
    }
}

/// Affine codes of whole tensors, with parameters per tensor, per axis or per block.
enum AffineCodes {
    /// The index of the scale that each element of a tensor takes.
    static func scaleIndices(_ quantization: QuantizationParameters, shape: [Int]) throws -> (Int) -> Int {
        let count = quantization.scales.count
        guard quantization.zeroPoints.count == count, count > 0 else {
            throw OctetError(
                .invalidModel, "there must be as many zero points as scales", found: quantization.description)
        }
        guard var axis = quantization.axis else {
            guard count == 1 else {
                throw OctetError(.invalidModel, "\(count) scales without an axis")
            }
            return { _ in 0 }
        }
        axis = try Shapes.axis(axis, rank: shape.count)
        let inner = shape[(axis + 1)...].reduce(1, *)
        let extent = shape[axis]
        guard let block = quantization.blockSize else {
            guard count == extent else {
                throw OctetError(
                    .invalidModel, "there must be one scale for each index of axis \(axis)", expected: "\(extent)",
                    found: "\(count)")
            }
            return { $0 / inner % extent }
        }
        guard block > 0 else { throw OctetError(.invalidModel, "a block of \(block) elements") }
        let blocks = extent / block + (extent % block == 0 ? 0 : 1)
        guard try Shapes.count(shape[..<axis] + [blocks] + shape[(axis + 1)...]) == count else {
            throw OctetError(
                .invalidModel, "the scales do not fit blocks of \(block) along axis \(axis)", found: "\(count)")
        }
        return { index in
            let outer = index / (inner * extent)
            return (outer * blocks + index / inner % extent / block) * inner + index % inner
        }
    }

    private static func parameters(_ tensor: Tensor) throws -> QuantizationParameters {
        guard let quantization = tensor.quantization else {
            throw OctetError(.invalidModel, "a quantized value without parameters", found: "\(tensor.type)")
        }
        return quantization
    }

    static func quantize(_ values: [Float], into output: Tensor) throws {
        let range = try IntegerArithmetic.range(of: output.elementType)
        var codes = Array(repeating: Int32(0), count: values.count)
        try forEachRun(parameters(output), shape: output.shape) { places, scale, zeroPoint in
            for index in places {
                codes[index] = IntegerArithmetic.quantize(
                    values[index], scale: scale, zeroPoint: zeroPoint, to: range)
            }
        }
        try output.setCodes(codes)
    }

    static func dequantize(_ input: Tensor) throws -> [Float] {
        let codes = try input.codes()
        var values = Array(repeating: Float(0), count: codes.count)
        try forEachRun(parameters(input), shape: input.shape) { places, scale, zeroPoint in
            for index in places { values[index] = Float(codes[index] &- zeroPoint) * scale }
        }
        return values
    }

    /// Calls `body` for stretches of elements that share a scale, in order.
    private static func forEachRun(
        _ parameters: QuantizationParameters, shape: [Int], _ body: (Range<Int>, Float, Int32) -> Void
    ) throws {
        let place = try scaleIndices(parameters, shape: shape)
        let count = shape.reduce(1, *)
        guard count > 0 else { return }
        var run = 1
        if let axis = parameters.axis {
            if parameters.blockSize == nil {
                run = shape[(try Shapes.axis(axis, rank: shape.count) + 1)...].reduce(1, *)
            }
        } else {
            run = count
        }
        let (scales, zeroPoints) = (parameters.scales, parameters.zeroPoints)
        for start in stride(from: 0, to: count, by: run) {
            let scale = place(start)
            body(start..<start + run, scales[scale], zeroPoints[scale])
        }
    }
}
