public import ModelGraph
public import TensorCore

/// ONNX Runtime's `QLinearWhere`: ``Where`` on integers. Inputs: the condition, x, its scale and zero point, y, its scale
/// and zero point, the output's scale and zero point.
///
/// The code chosen, as a real in float32, is divided by the output's scale and rounded half to even.
public struct QuantizedWhere: QOperator {
    public static let name = "QLinearWhere"

    public init() {}

    public var typed: (any QuantizableOperator)? { nil }

    public func slots(inputCount: Int) -> QOperatorSlots {
        QOperatorSlots(
            [.init(1, scale: 2, zeroPoint: 3), .init(4, scale: 5, zeroPoint: 6)], resultScale: 7, resultZeroPoint: 8)
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(1)
        let shape = try Shapes.broadcast([inputs.tensor(0).shape, x.shape, inputs.tensor(4).shape])
        return [.tensor(x.elementType, shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, [.bool])
        for index in [1, 3, 4, 6, 8] { try inputs.require(index, [.int8, .uint8]) }
        for index in [2, 5, 7] { try inputs.require(index, [.float32]) }
        try IntegerOperand.requireScalar(inputs, [2, 3, 5, 6, 7, 8])
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let slots = slots(inputCount: inputs.count)
        let target = try IntegerOperand.output(output, inputs, slots).tensorScale()
        let operands = try slots.operands.map { operand in
            let codes = try IntegerOperand.tensor(inputs, operand)
            let source = try codes.tensorScale()
            let requantized = Tensor(output.elementType, shape: codes.shape)
            try requantized.setCodes(try codes.codes().map { target.quantize(source.real($0)) })
            return requantized
        }
        try Where().evaluate([inputs.required(0), operands[0], operands[1]], into: [output])
    }
}
