public import ModelGraph
internal import TensorCore

/// ONNX Runtime's `QLinearConcat`: ``Concatenation`` on integers. Inputs: the output's scale and zero point, then for
/// each tensor itself, its scale and its zero point.
public struct QuantizedConcatenation: QOperator {
    public static let name = "QLinearConcat"

    public var axis: Int

    public init(axis: Int) { self.axis = axis }

    public var typed: (any QuantizableOperator)? { Concatenation(axis: axis) }

    public func slots(inputCount: Int) -> QOperatorSlots {
        QOperatorSlots(
            tensors(inputCount).map { .init($0, scale: $0 + 1, zeroPoint: $0 + 2) }, resultScale: 0, resultZeroPoint: 1)
    }

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
}
