public import ModelGraph
public import TensorCore

/// ONNX Runtime's `QLinearConcat`: ``Concatenation`` on integers. Inputs: the output's scale and zero point, then for
/// each tensor itself, its scale and its zero point.
public struct QuantizedConcatenation: TensorOperator {
    public static let name = "QLinearConcat"

    public var axis: Int

    public init(axis: Int) { self.axis = axis }

    private func tensors(_ count: Int) -> StrideTo<Int> { stride(from: 2, to: count - 2, by: 3) }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        guard inputs.count >= 5, inputs.count % 3 == 2 else {
            throw OctetError(
                .invalidModel, "inputs come as a scale, a zero point, and three for each tensor",
                found: "\(inputs.count) inputs")
        }
        let joined = InferenceInputs(
            types: tensors(inputs.count).map { inputs.types[$0] },
            constants: tensors(inputs.count).map { inputs.constants[$0] }, outputCount: 1)
        return try Concatenation(axis: axis).inferOutputs(joined)
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in 0..<inputs.count {
            let isScale = index == 0 || index > 2 && index % 3 == 0
            try inputs.require(index, isScale ? [.float32] : [.int8, .uint8])
            if index % 3 != 2 { try IntegerOperand.requireScalar(inputs, [index]) }
        }
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let operands = try tensors(inputs.count).map {
            try IntegerOperand.tensor(inputs, $0, scale: $0 + 1, zeroPoint: $0 + 2)
        }
        try Concatenation(axis: axis).evaluate(
            operands, into: [IntegerOperand.output(output, inputs, scale: 0, zeroPoint: 1)])
    }
}
