public import ModelGraph
public import TensorCore

/// ONNX Runtime's `MatMulIntegerToFloat`: ``MatrixMultiplication`` of integers with real sums. Inputs: a, b, the scale
/// of a, the scales of b (per tensor or one a column), the zero points of a and b, and a float bias, which may all be
/// left out.
public struct IntegerProductToFloat: QOperator {
    public static let name = "MatMulIntegerToFloat"

    public init() {}

    public var typed: (any QuantizableOperator)? { MatrixMultiplication() }

    public func slots(inputCount: Int) -> QOperatorSlots {
        QOperatorSlots(
            [.init(0, scale: 2, zeroPoint: 4), .init(1, scale: 3, zeroPoint: 5, axis: -1)])
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(.float32, try MatrixMultiplication.outputShape(inputs.tensor(0).shape, inputs.tensor(1).shape))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 1, 4, 5] { try inputs.require(index, [.int8, .uint8]) }
        for index in [2, 3, 6] { try inputs.require(index, [.float32]) }
        try IntegerOperand.requireScalar(inputs, [2, 4])
        for index in [3, 5] {
            guard let shape = try inputs.optionalTensor(index)?.shape, shape.count > 1 else { continue }
            try IntegerOperand.requireScalar(inputs, [index])
        }
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        guard let bias = inputs.optional(6) else { return try evaluateTyped(inputs, into: output) }
        let product = Tensor(.float32, shape: output.shape)
        try evaluateTyped(inputs, into: product)
        try Addition().evaluate([product, bias], into: [output])
    }
}
