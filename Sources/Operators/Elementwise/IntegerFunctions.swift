public import ModelGraph
public import TensorCore

/// ONNX `Abs`; of the smallest integer it is that integer.
public struct Absolute: UnaryArithmetic {
    public static let name = "Abs"

    public init() {}

    public func value(_ x: Double) -> Double { abs(x) }
    public func value<T: FixedWidthInteger>(_ x: T) -> T { x < 0 ? 0 &- x : x }
}

/// ONNX `Neg`.
public struct Negative: UnaryArithmetic {
    public static let name = "Neg"

    public init() {}

    public func value(_ x: Double) -> Double { -x }
    public func value<T: FixedWidthInteger>(_ x: T) -> T { 0 &- x }
}

/// ONNX `Sign`: −1, 0 or 1.
public struct Sign: UnaryArithmetic {
    public static let name = "Sign"

    public init() {}

    public func value(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : x }
    public func value<T: FixedWidthInteger>(_ x: T) -> T { x.signum() }
}

/// ONNX `BitwiseNot`, on integers.
public struct BitwiseNot: TensorOperator {
    public static let name = "BitwiseNot"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .integers) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try inputs.required(0).withBytes { source in
            for index in source.indices { output.storage.bytes[output.byteOffset + index] = ~source[index] }
        }
    }
}
