public import ModelGraph
public import TensorCore

/// ONNX Runtime's `QLinearAdd`: ``Addition`` on integers, with the parameters as inputs.
public struct QuantizedAddition: QuantizedBinary {
    public static let name = "QLinearAdd"

    public init() {}

    public var typed: (any QuantizableOperator)? { Addition() }
}

/// ONNX Runtime's `QLinearMul`: ``Multiplication`` on integers, with the parameters as inputs.
public struct QuantizedMultiplication: QuantizedBinary {
    public static let name = "QLinearMul"

    public init() {}

    public var typed: (any QuantizableOperator)? { Multiplication() }
}

/// A binary operator on integers. Inputs: a, its scale and zero point, b, its scale and zero point, the output's scale
/// and zero point; zero points may be left out.
public protocol QuantizedBinary: QOperator {}

extension QuantizedBinary {
    public func slots(inputCount: Int) -> QOperatorSlots { .binary() }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let a = try inputs.tensor(0)
        return [.tensor(a.elementType, try Shapes.broadcast([a.shape, inputs.tensor(3).shape]))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 2, 3, 5, 7] { try inputs.require(index, [.int8, .uint8]) }
        for index in [1, 4, 6] { try inputs.require(index, [.float32]) }
        try IntegerOperand.requireScalar(inputs, [1, 2, 4, 5, 6, 7])
    }
}

/// ONNX Runtime's `QLinearSigmoid`: the code of the sigmoid of what each code stands for.
public struct QuantizedSigmoid: QuantizedUnary {
    public static let name = "QLinearSigmoid"

    public init() {}

    public func value(_ x: Double) -> Double { Sigmoid().value(x) }
}

/// ONNX Runtime's `QLinearLeakyRelu`: the code of the leaky rectification of what each code stands for.
public struct QuantizedLeakyRelu: QuantizedUnary {
    public static let name = "QLinearLeakyRelu"

    public var alpha: Float

    public init(alpha: Float = 0.01) { self.alpha = alpha }

    public func value(_ x: Double) -> Double { LeakyRelu(alpha: alpha).value(x) }
}

/// A function of each code by itself. Inputs: x, its scale and zero point, the output's scale and zero point; zero
/// points may be left out.
public protocol QuantizedUnary: QOperator {
    func value(_ x: Double) -> Double
}

extension QuantizedUnary {
    public var typed: (any QuantizableOperator)? { nil }

    public func slots(inputCount: Int) -> QOperatorSlots { .unary }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try QuantizedPool.checkSupport(inputs) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let slots = slots(inputCount: inputs.count)
        let x = try IntegerOperand.tensor(inputs, slots.operands[0])
        let source = try x.tensorScale()
        let target = try IntegerOperand.output(output, inputs, slots).tensorScale()
        try output.setCodes(try x.codes().map { target.quantize(Float(value(Double(source.real($0))))) })
    }
}
