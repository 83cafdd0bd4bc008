public import ModelGraph
public import TensorCore

/// ONNX `Relu`: 0 below zero.
public struct Relu: UnaryArithmetic, QuantizableOperator {
    public static let name = "Relu"

    public init() {}

    public func value(_ x: Double) -> Double { x < 0 ? 0 : x }
    public func value<T: FixedWidthInteger>(_ x: T) -> T { max(x, 0) }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard let x = try? inputs.tensor(0), x.elementType == .float32 else { return nil }
        return QuantizationRule(.clamping, inputs: [.activation], output: .sameAsInput)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let input = try inputs.required(0)
        if input.quantization != nil {
            let zeroPoint = try output.tensorScale().zeroPoint
            try QuantizedMovement.requantize(input, into: output, clampedTo: zeroPoint...Int32.max)
        } else {
            try evaluateArithmetic(input, into: output)
        }
    }
}
