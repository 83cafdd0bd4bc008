public import ModelGraph
public import TensorCore

/// ONNX `Dropout` as inference runs it: the input unchanged; output 1, if wanted, is all true.
///
/// Inputs 1 (ratio) and 2 (training mode) are kept for the round trip; training mode must not be on.
public struct Dropout: QuantizableOperator {
    public static let name = "Dropout"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        return [.tensor(x.elementType, x.shape), .tensor(.bool, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .movable)
        if inputs.isPresent(2), inputs.integers(2) != [0] {
            throw OctetError(.unsupported, "evaluation of Dropout in training mode", expected: "a constant false")
        }
    }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard inputs.outputCount == 1 else { return nil }
        return MovementQuantization.rule(inputs)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let x = try inputs.required(0)
        if let output = outputs.optional(0) {
            output.setElements(of: try QuantizedMovement.aligned(x, with: output))
        }
        try outputs.optional(1)?.setIntegers(Array(repeating: 1, count: x.count))
    }
}
