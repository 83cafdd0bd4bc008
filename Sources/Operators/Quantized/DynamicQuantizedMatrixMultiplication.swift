public import ModelGraph
public import TensorCore

/// ONNX Runtime's `DynamicQuantizeMatMul`: ``DynamicQuantizeLinear`` of the data, then ``IntegerProductToFloat``. Inputs:
/// the real a, the integers b, the scales of b (per tensor or one a column), its zero points, and a float bias; the last
/// two may be left out.
public struct DynamicQuantizedMatrixMultiplication: TensorOperator {
    public static let name = "DynamicQuantizeMatMul"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(.float32, try MatrixMultiplication.outputShape(inputs.tensor(0).shape, inputs.tensor(1).shape))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 2, 4] { try inputs.require(index, [.float32]) }
        for index in [1, 3] { try inputs.require(index, [.int8, .uint8]) }
        for index in [2, 3] {
            guard let shape = try inputs.optionalTensor(index)?.shape, shape.count > 1 else { continue }
            try IntegerOperand.requireScalar(inputs, [index])
        }
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let a = try inputs.required(0)
        let codes = Tensor(.uint8, shape: a.shape)
        let (scale, zeroPoint) = (Tensor(.float32, shape: []), Tensor(.uint8, shape: []))
        try DynamicQuantizeLinear().evaluate([a], into: [codes, scale, zeroPoint])
        try IntegerProductToFloat().evaluate(
            [
                codes, inputs.required(1), scale, inputs.required(2), zeroPoint, inputs.optional(3),
                inputs.optional(4),
            ], into: outputs)
    }
}
