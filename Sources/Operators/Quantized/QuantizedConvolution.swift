public import ModelGraph
public import TensorCore

/// ONNX `QLinearConv`: ``Convolution`` on integers, with the parameters as inputs.
///
/// Inputs: x, its scale and zero point, w, its scales and zero points (per tensor or per output channel), the output's
/// scale and zero point, and optionally an int32 bias in scale sx · sw.
public struct QuantizedConvolution: TensorOperator {
    public static let name = "QLinearConv"

    public var window: SpatialWindow
    public var group: Int

    public init(window: SpatialWindow = SpatialWindow(), group: Int = 1) {
        self.window = window
        self.group = group
    }

    private var convolution: Convolution { Convolution(window: window, group: group) }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let shape = try convolution.outputShape(
            x: inputs.tensor(0), w: inputs.tensor(3), bias: inputs.optionalTensor(8))
        return [.tensor(try inputs.tensor(7).elementType, shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 2, 3, 5, 7] { try inputs.require(index, [.int8, .uint8]) }
        for index in [1, 4, 6] { try inputs.require(index, [.float32]) }
        try inputs.require(8, [.int32])
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try convolution.evaluate(
            [
                IntegerOperand.tensor(inputs, 0, scale: 1, zeroPoint: 2),
                IntegerOperand.tensor(inputs, 3, scale: 4, zeroPoint: 5, axis: 0), inputs.optional(8),
            ], into: [IntegerOperand.output(output, inputs, scale: 6, zeroPoint: 7)])
    }
}

/// ONNX `ConvInteger`: the int32 sums of a convolution of integers less their zero points (inputs 2 and 3).
public struct IntegerConvolution: TensorOperator {
    public static let name = "ConvInteger"

    public var window: SpatialWindow
    public var group: Int

    public init(window: SpatialWindow = SpatialWindow(), group: Int = 1) {
        self.window = window
        self.group = group
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let shape = try Convolution(window: window, group: group).outputShape(
            x: inputs.tensor(0), w: inputs.tensor(1), bias: nil)
        return [.tensor(.int32, shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll([.int8, .uint8]) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try IntegerOperand.tensor(inputs, 0, scale: nil, zeroPoint: 2)
        let w = try IntegerOperand.tensor(inputs, 1, scale: nil, zeroPoint: 3, axis: 0)
        let loops = try ConvolutionLoops(x: x.shape, w: w.shape, group: group, window: window)
        try output.setCodes(loops.run(try x.centredCodes(), try w.centredCodes(axis: 0), initial: nil))
    }
}

/// Integer operands whose parameters are inputs of the node.
enum IntegerOperand {
    /// Input `index` with its parameters in its type.
    /// - Parameters:
    ///   - scale: the input that holds the scale; `nil` for 1.
    ///   - axis: where one scale for each index of an axis may stand.
    /// - Throws: `unsupported` when there are other numbers of scales, `invalidModel` when they contradict.
    static func tensor(
        _ inputs: [Tensor?], _ index: Int, scale: Int?, zeroPoint: Int, axis: Int? = nil
    ) throws -> Tensor {
        var tensor = try inputs.required(index)
        tensor.quantization = try parameters(inputs, scale: scale, zeroPoint: zeroPoint, axis: axis)
        return tensor
    }

    /// The output with its parameters in its type.
    static func output(_ output: Tensor, _ inputs: [Tensor?], scale: Int, zeroPoint: Int) throws -> Tensor {
        var output = output
        output.quantization = try parameters(inputs, scale: scale, zeroPoint: zeroPoint, axis: nil)
        return output
    }

    private static func parameters(
        _ inputs: [Tensor?], scale: Int?, zeroPoint: Int, axis: Int?
    ) throws -> QuantizationParameters {
        var scales = try scale.map { try inputs.required($0).singles() } ?? [1]
        var zeroPoints = try inputs.optional(zeroPoint)?.codes() ?? [0]
        let count = max(scales.count, zeroPoints.count)
        if scales.count == 1 { scales = Array(repeating: scales[0], count: count) }
        if zeroPoints.count == 1 { zeroPoints = Array(repeating: zeroPoints[0], count: count) }
        guard scales.count == count, zeroPoints.count == count, axis != nil || count == 1 else {
            throw OctetError(
                .invalidModel, "scales and zero points do not fit",
                found: "\(scales.count) scales, \(zeroPoints.count) zero points")
        }
        return QuantizationParameters(scales: scales, zeroPoints: zeroPoints, axis: count == 1 ? nil : axis)
    }

    /// Refuses parameters for several rows, columns or channels where evaluation takes one for the whole tensor.
    static func requireScalar(_ inputs: InferenceInputs, _ indices: [Int]) throws {
        for index in indices {
            guard let shape = try inputs.optionalTensor(index)?.shape else { continue }
            guard shape.allSatisfy({ $0 == 1 }) else {
                throw OctetError(
                    .unsupported, "input \(index) must be one number for the whole tensor", found: "shape \(shape)")
            }
        }
    }
}
