public import ModelGraph
public import TensorCore

/// ONNX `QLinearMatMul`: ``MatrixMultiplication`` on integers, with the parameters as inputs.
///
/// Inputs: a, its scale and zero point, b, its scale and zero point (per tensor, or one a column), the output's scale
/// and zero point. Parameters for each row of a are not supported.
public struct QuantizedMatrixMultiplication: QOperator {
    public static let name = "QLinearMatMul"

    public init() {}

    public var typed: (any QuantizableOperator)? { MatrixMultiplication() }

    public func slots(inputCount: Int) -> QOperatorSlots { .binary(axis: -1) }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let shape = try MatrixMultiplication.outputShape(inputs.tensor(0).shape, inputs.tensor(3).shape)
        return [.tensor(try inputs.tensor(7).elementType, shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 2, 3, 5, 7] { try inputs.require(index, [.int8, .uint8]) }
        for index in [1, 4, 6] { try inputs.require(index, [.float32]) }
        try IntegerOperand.requireScalar(inputs, [1, 2, 6, 7])
        for index in [4, 5] {
            guard let shape = try inputs.tensor(index).shape, shape.count > 1 else { continue }
            try IntegerOperand.requireScalar(inputs, [index])
        }
    }
}

/// ONNX `MatMulInteger`: the int32 products of integers less their zero points: input 2 for a, per tensor or one a row,
/// input 3 for b, per tensor or one a column.
public struct IntegerMatrixMultiplication: TensorOperator {
    public static let name = "MatMulInteger"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(.int32, try MatrixMultiplication.outputShape(inputs.tensor(0).shape, inputs.tensor(1).shape))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.requireAll([.int8, .uint8])
        for index in [2, 3] {
            guard let shape = try inputs.optionalTensor(index)?.shape, shape.count > 1 else { continue }
            try IntegerOperand.requireScalar(inputs, [index])
        }
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let rowAxis = max(0, try inputs.required(0).rank - 2)
        let columnAxis = max(0, try inputs.required(1).rank - 1)
        let a = try IntegerOperand.tensor(inputs, 0, scale: nil, zeroPoint: 2, axis: rowAxis)
        let b = try IntegerOperand.tensor(inputs, 1, scale: nil, zeroPoint: 3, axis: columnAxis)
        let product = try BatchedProduct(a: a.shape, b: b.shape)
        try output.setCodes(product.run(try a.centredCodes(axis: rowAxis), try b.centredCodes(axis: columnAxis)))
    }
}
