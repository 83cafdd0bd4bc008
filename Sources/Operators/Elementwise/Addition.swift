public import ModelGraph
public import TensorCore

/// ONNX `Add`.
///
/// On quantized tensors the folded form of ONNX Runtime's QLinearAdd: y = rint(fma(a, ra, fma(b, rb, k))) with
/// ra = sa / sy, rb = sb / sy, k = zy − fma(ra, za, rb · zb).
public struct Addition: ArithmeticElementwise, QuantizableOperator {
    public static let name = "Add"

    public init() {}

    public func value(_ a: Double, _ b: Double) -> Double { a + b }
    public func value<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &+ b }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        BinaryQuantization.rule(inputs)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let a = try inputs.required(0)
        guard a.quantization != nil, let output = outputs.optional(0) else {
            return try fold(inputs, into: outputs)
        }
        let b = try inputs.required(1)
        let (first, second, target) = (try a.tensorScale(), try b.tensorScale(), try output.tensorScale())
        let ra = first.scale / target.scale
        let rb = second.scale / target.scale
        let offset = Float(target.zeroPoint) - (rb * Float(second.zeroPoint)).addingProduct(ra, Float(first.zeroPoint))
        try BinaryQuantization.evaluate(a, b, into: output) { a, b in
            let sum = offset.addingProduct(Float(b), rb).addingProduct(Float(a), ra)
            return IntegerArithmetic.saturate(sum, zeroPoint: 0, to: target.range)
        }
    }
}

/// ONNX `Mul`.
///
/// On quantized tensors ONNX Runtime's QLinearMul: y = rint(((a − za) · sa) · ((b − zb) · sb) / sy) + zy.
public struct Multiplication: ArithmeticElementwise, QuantizableOperator {
    public static let name = "Mul"

    public init() {}

    public func value(_ a: Double, _ b: Double) -> Double { a * b }
    public func value<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &* b }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        BinaryQuantization.rule(inputs)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let a = try inputs.required(0)
        guard a.quantization != nil, let output = outputs.optional(0) else {
            return try fold(inputs, into: outputs)
        }
        let b = try inputs.required(1)
        let (first, second, target) = (try a.tensorScale(), try b.tensorScale(), try output.tensorScale())
        try BinaryQuantization.evaluate(a, b, into: output) { target.quantize(first.real($0) * second.real($1)) }
    }
}

/// What Add and Mul share on quantized tensors.
enum BinaryQuantization {
    static func rule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard inputs.count == 2, let a = try? inputs.tensor(0), let b = try? inputs.tensor(1),
            a.elementType == .float32, b.elementType == .float32
        else { return nil }
        return QuantizationRule(.following, inputs: [.activation, .activation], output: .free)
    }

    static func evaluate(
        _ a: Tensor, _ b: Tensor, into output: Tensor, _ function: (Int32, Int32) -> Int32
    ) throws {
        let sum = Tensor(.int32, shape: output.shape)
        let wideA = Tensor(try a.codes(), shape: a.shape)
        let wideB = Tensor(try b.codes(), shape: b.shape)
        try combine(wideA, wideB, into: sum, function)
        try output.setCodes(sum.elements(as: Int32.self))
    }
}
