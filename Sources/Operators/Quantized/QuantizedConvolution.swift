public import ModelGraph
public import TensorCore

/// ONNX `QLinearConv`: ``Convolution`` on integers, with the parameters as inputs.
///
/// Inputs: x, its scale and zero point, w, its scales and zero points (per tensor or per output channel), the output's
/// scale and zero point, and optionally an int32 bias in scale sx · sw.
public struct QuantizedConvolution: QOperator {
    public static let name = "QLinearConv"

    public var window: SpatialWindow
    public var group: Int

    public init(window: SpatialWindow = SpatialWindow(), group: Int = 1) {
        self.window = window
        self.group = group
    }

    private var convolution: Convolution { Convolution(window: window, group: group) }

    public var typed: (any QuantizableOperator)? { convolution }

    public func slots(inputCount: Int) -> QOperatorSlots { .binary(axis: 0, bias: 8) }

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
