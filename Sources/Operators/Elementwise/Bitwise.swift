public import ModelGraph
public import TensorCore

/// An operator on the bits of two integers, with broadcasting.
public protocol BitwiseOperator: TensorOperator {
    func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T
}

/// ONNX `BitwiseAnd`.
public struct BitwiseAnd: BitwiseOperator {
    public static let name = "BitwiseAnd"

    public init() {}

    public func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a & b }
}

/// ONNX `BitwiseOr`.
public struct BitwiseOr: BitwiseOperator {
    public static let name = "BitwiseOr"

    public init() {}

    public func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a | b }
}

/// ONNX `BitwiseXor`.
public struct BitwiseXor: BitwiseOperator {
    public static let name = "BitwiseXor"

    public init() {}

    public func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a ^ b }
}

/// ONNX `BitShift`: a shifted by b bits; bits shifted out are lost. Of a signed type the sign fills a shift to the right.
/// A negative number of bits counts as more than the type has.
public struct BitShift: BitwiseOperator {
    public static let name = "BitShift"

    public var shiftsLeft: Bool

    public init(shiftsLeft: Bool) { self.shiftsLeft = shiftsLeft }

    public func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
        let bits = b < 0 ? T(truncatingIfNeeded: T.bitWidth) : b
        return shiftsLeft ? a << bits : a >> bits
    }
}

extension BitwiseOperator {
    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType(0..<2)
        let a = try inputs.tensor(0)
        return [.tensor(a.elementType, try Shapes.broadcast([a.shape, inputs.tensor(1).shape]))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.integers) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try output.elementType.accept(
            BitLoop(a: inputs.required(0), b: inputs.required(1), output: output, op: self))
    }
}

private struct BitLoop<Op: BitwiseOperator>: ElementVisitor {
    let a: Tensor
    let b: Tensor
    let output: Tensor
    let op: Op

    func visit<T: RealElement>(real: T.Type) throws {
        throw OctetError(.unsupported, "no evaluation for elements of type \(T.elementType.rawValue)")
    }

    func visit<T: IntegerElement>(integer: T.Type) throws {
        try combine(a, b, into: output) { (a: T, b: T) in op.combine(a, b) }
    }
}

/// ONNX `IsNaN`.
public struct IsNaN: TensorOperator {
    public static let name = "IsNaN"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(.bool, try inputs.tensor(0).shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        try outputs.optional(0)?.setIntegers(inputs.required(0).reals().map { $0.isNaN ? 1 : 0 })
    }
}

/// ONNX `IsInf`, of either sign or of one.
public struct IsInfinite: TensorOperator {
    public static let name = "IsInf"

    public var detectsNegative: Bool
    public var detectsPositive: Bool

    public init(detectsNegative: Bool = true, detectsPositive: Bool = true) {
        self.detectsNegative = detectsNegative
        self.detectsPositive = detectsPositive
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(.bool, try inputs.tensor(0).shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        try outputs.optional(0)?.setIntegers(
            inputs.required(0).reals().map { value in
                value.isInfinite && (value < 0 ? detectsNegative : detectsPositive) ? 1 : 0
            })
    }
}
