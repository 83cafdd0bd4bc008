public import ModelGraph
public import TensorCore

/// An operator on two Boolean tensors, with broadcasting.
public protocol BinaryLogic: TensorOperator {
    static func combine(_ a: Bool, _ b: Bool) -> Bool
}

/// ONNX `And`.
public struct And: BinaryLogic {
    public static let name = "And"

    public init() {}

    public static func combine(_ a: Bool, _ b: Bool) -> Bool { a && b }
}

/// ONNX `Or`.
public struct Or: BinaryLogic {
    public static let name = "Or"

    public init() {}

    public static func combine(_ a: Bool, _ b: Bool) -> Bool { a || b }
}

/// ONNX `Xor`.
public struct Xor: BinaryLogic {
    public static let name = "Xor"

    public init() {}

    public static func combine(_ a: Bool, _ b: Bool) -> Bool { a != b }
}

/// ONNX `Not`.
public struct Not: TensorOperator {
    public static let name = "Not"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(.bool, try inputs.tensor(0).shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, [.bool]) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let values = try inputs.integers(0) ?? []
        try outputs.optional(0)?.setIntegers(values.map { 1 - $0 })
    }
}

extension BinaryLogic {
    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(.bool, try Shapes.broadcast([inputs.tensor(0).shape, inputs.tensor(1).shape]))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll([.bool]) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let a = try inputs.required(0).reinterpreted(as: .uint8)
        let b = try inputs.required(1).reinterpreted(as: .uint8)
        try Operators.combine(a, b, into: output) { (a: UInt8, b: UInt8) in Self.combine(a != 0, b != 0) }
    }
}
