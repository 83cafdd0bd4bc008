public import ModelGraph
public import TensorCore

/// ONNX Runtime's `QLinearGlobalAveragePool`: ``GlobalAveragePool`` on integers, channels first, with the parameters as
/// inputs: x, its scale and zero point, the output's scale and zero point.
public struct QuantizedGlobalAveragePool: TensorOperator {
    public static let name = "QLinearGlobalAveragePool"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try GlobalAveragePool().inferOutputs(inputs)
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try QuantizedPool.checkSupport(inputs) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        try QuantizedPool.evaluate(GlobalAveragePool(), inputs, outputs)
    }
}

/// ONNX Runtime's `QLinearAveragePool`: ``AveragePool`` on integers, channels first, with the parameters as inputs: x,
/// its scale and zero point, the output's scale and zero point.
public struct QuantizedAveragePool: TensorOperator {
    public static let name = "QLinearAveragePool"

    public var pool: AveragePool

    public init(pool: AveragePool) { self.pool = pool }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] { try pool.inferOutputs(inputs) }

    public func checkSupport(_ inputs: InferenceInputs) throws { try QuantizedPool.checkSupport(inputs) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        try QuantizedPool.evaluate(pool, inputs, outputs)
    }
}

/// What operators with one quantized input and parameters as inputs share.
enum QuantizedPool {
    static func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 2, 4] { try inputs.require(index, [.int8, .uint8]) }
        for index in [1, 3] { try inputs.require(index, [.float32]) }
        try IntegerOperand.requireScalar(inputs, [1, 2, 3, 4])
    }

    static func evaluate(_ real: any TensorOperator, _ inputs: [Tensor?], _ outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try real.evaluate(
            [IntegerOperand.tensor(inputs, 0, scale: 1, zeroPoint: 2)],
            into: [IntegerOperand.output(output, inputs, scale: 3, zeroPoint: 4)])
    }
}
