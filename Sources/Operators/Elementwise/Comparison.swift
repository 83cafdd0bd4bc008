public import ModelGraph
public import TensorCore

/// A comparison of two tensors of one type, with broadcasting; the output is Boolean.
public protocol Comparison: TensorOperator {
    static func holds<T: Comparable>(_ a: T, _ b: T) -> Bool
}

/// ONNX `Equal`.
public struct Equal: Comparison {
    public static let name = "Equal"

    public init() {}

    public static func holds<T: Comparable>(_ a: T, _ b: T) -> Bool { a == b }
}

/// ONNX `Greater`.
public struct Greater: Comparison {
    public static let name = "Greater"

    public init() {}

    public static func holds<T: Comparable>(_ a: T, _ b: T) -> Bool { a > b }
}

/// ONNX `GreaterOrEqual`.
public struct GreaterOrEqual: Comparison {
    public static let name = "GreaterOrEqual"

    public init() {}

    public static func holds<T: Comparable>(_ a: T, _ b: T) -> Bool { a >= b }
}

/// ONNX `Less`.
public struct Less: Comparison {
    public static let name = "Less"

    public init() {}

    public static func holds<T: Comparable>(_ a: T, _ b: T) -> Bool { a < b }
}

/// ONNX `LessOrEqual`.
public struct LessOrEqual: Comparison {
    public static let name = "LessOrEqual"

    public init() {}

    public static func holds<T: Comparable>(_ a: T, _ b: T) -> Bool { a <= b }
}

extension Comparison {
    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType(0..<2)
        return [.tensor(.bool, try Shapes.broadcast([inputs.tensor(0).shape, inputs.tensor(1).shape]))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.requireAll(.numbers.union([.bool, .string]))
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let a = try inputs.required(0)
        let b = try inputs.required(1)
        switch a.elementType {
        case .string:
            let nest = LoopNest(
                output.shape,
                strides: [
                    Tensor.rowMajorStrides(output.shape), LoopNest.broadcastStrides(a.shape, to: output.shape),
                    LoopNest.broadcastStrides(b.shape, to: output.shape),
                ])
            let (left, right) = (a.strings, b.strings)
            output.withMutableElements(as: Bool.self) { target in
                nest.forEachRun { starts, steps, length in
                    for index in 0..<length {
                        target[starts[0] + index * steps[0]] = Self.holds(
                            left[starts[1] + index * steps[1]], right[starts[2] + index * steps[2]])
                    }
                }
            }
        case .bool:
            try ComparisonLoop<Self>(a: a.reinterpreted(as: .uint8), b: b.reinterpreted(as: .uint8), output: output)
                .visit(integer: UInt8.self)
        default:
            try a.elementType.accept(ComparisonLoop<Self>(a: a, b: b, output: output))
        }
    }
}

private struct ComparisonLoop<Op: Comparison>: ElementVisitor {
    let a: Tensor
    let b: Tensor
    let output: Tensor

    func visit<T: RealElement>(real: T.Type) throws {
        try combine(a, b, into: output) { (a: T, b: T) in Op.holds(a.real, b.real) }
    }

    func visit<T: IntegerElement>(integer: T.Type) throws {
        try combine(a, b, into: output) { (a: T, b: T) in Op.holds(a, b) }
    }
}
