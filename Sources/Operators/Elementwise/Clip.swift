public import ModelGraph
public import TensorCore

/// ONNX `Clip`: cuts to the scalars in inputs 1 (least) and 2 (greatest), either of which may be left out. Bounds may be
/// floats of another width than the data's: before operator set 11 they were always float32.
public struct Clip: QuantizableOperator {
    public static let name = "Clip"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        for bound in 1...2 {
            if let type = try inputs.optionalTensor(bound), let shape = type.fixedShape,
                try Shapes.count(shape) != 1
            {
                throw OctetError(.invalidModel, "input \(bound) must hold one number", found: "shape \(shape)")
            }
        }
        let x = try inputs.tensor(0)
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .numbers)
        let accepted: [ElementType] = try inputs.tensor(0).elementType.isInteger ? .integers : .reals
        for bound in 1...2 {
            try inputs.require(bound, try inputs.tensor(0).quantization == nil ? accepted : [.float32])
        }
    }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard let x = try? inputs.tensor(0), x.elementType == .float32 else { return nil }
        for bound in 1...2 where inputs.isPresent(bound) && inputs.constant(bound) == nil { return nil }
        return QuantizationRule(.clamping, inputs: [.activation, .untouched, .untouched], output: .sameAsInput)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let input = try inputs.required(0)
        if input.quantization != nil {
            let target = try output.tensorScale()
            let lower = try inputs.optional(1)?.singles().first.map(target.quantize) ?? target.range.lowerBound
            let upper = try inputs.optional(2)?.singles().first.map(target.quantize) ?? target.range.upperBound
            try QuantizedMovement.requantize(input, into: output, clampedTo: min(lower, upper)...upper)
        } else {
            try input.elementType.accept(
                Clamp(input: input, lower: inputs.optional(1), upper: inputs.optional(2), output: output))
        }
    }
}

private struct Clamp: ElementVisitor {
    let input: Tensor
    let lower: Tensor?
    let upper: Tensor?
    let output: Tensor

    func visit<T: RealElement>(real: T.Type) throws {
        let lower = try lower?.reals().first
        let upper = try upper?.reals().first
        map(input, output) { (x: T) in
            var value = x.real
            if let lower, value < lower { value = lower }
            if let upper, value > upper { value = upper }
            return T(real: value)
        }
    }

    func visit<T: IntegerElement>(integer: T.Type) throws {
        let lower = lower?.integers?.first.map { T(clamping: $0) } ?? T.min
        let upper = upper?.integers?.first.map { T(clamping: $0) } ?? T.max
        map(input, output) { (x: T) in min(max(x, lower), upper) }
    }
}
