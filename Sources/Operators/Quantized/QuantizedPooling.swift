public import ModelGraph
internal import TensorCore

/// ONNX Runtime's `QLinearGlobalAveragePool`: ``GlobalAveragePool`` on integers, channels first, with the parameters as
/// inputs: x, its scale and zero point, the output's scale and zero point.
public struct QuantizedGlobalAveragePool: QOperator {
    public static let name = "QLinearGlobalAveragePool"

    public init() {}

    public var typed: (any QuantizableOperator)? { GlobalAveragePool() }

    public func slots(inputCount: Int) -> QOperatorSlots { .unary }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try GlobalAveragePool().inferOutputs(inputs)
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try QuantizedPool.checkSupport(inputs) }
}

/// ONNX Runtime's `QLinearAveragePool`: ``AveragePool`` on integers, channels first, with the parameters as inputs: x,
/// its scale and zero point, the output's scale and zero point.
public struct QuantizedAveragePool: QOperator {
    public static let name = "QLinearAveragePool"

    public var pool: AveragePool

    public init(pool: AveragePool) { self.pool = pool }

    public var typed: (any QuantizableOperator)? { pool }

    public func slots(inputCount: Int) -> QOperatorSlots { .unary }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] { try pool.inferOutputs(inputs) }

    public func checkSupport(_ inputs: InferenceInputs) throws { try QuantizedPool.checkSupport(inputs) }
}

/// What operators with one quantized input and parameters as inputs share.
enum QuantizedPool {
    static func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 2, 4] { try inputs.require(index, [.int8, .uint8]) }
        for index in [1, 3] { try inputs.require(index, [.float32]) }
        try IntegerOperand.requireScalar(inputs, [1, 2, 3, 4])
    }
}
