public import ModelGraph
public import TensorCore

/// An operator that maps each real number by itself; the output has the input's type.
public protocol UnaryElementwise: TensorOperator {
    /// The function, in binary64; the result is rounded once to the element type.
    func value(_ x: Double) -> Double
}

extension UnaryElementwise {
    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .reals)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try output.elementType.accept(RealMap(input: inputs.required(0), output: output, function: value))
    }
}

/// A unary operator that also works on integers.
public protocol UnaryArithmetic: UnaryElementwise {
    /// The function on integers, modulo the width of the type.
    func value<T: FixedWidthInteger>(_ x: T) -> T
}

extension UnaryArithmetic {
    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .numbers)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try evaluateArithmetic(inputs.required(0), into: output)
    }

    func evaluateArithmetic(_ input: Tensor, into output: Tensor) throws {
        try output.elementType.accept(ArithmeticMap(input: input, output: output, op: self))
    }
}

private struct RealMap: ElementVisitor {
    let input: Tensor
    let output: Tensor
    let function: (Double) -> Double

    func visit<T: RealElement>(real: T.Type) throws {
        map(input, output) { (x: T) in T(real: function(x.real)) }
    }

    func visit<T: IntegerElement>(integer: T.Type) throws {
        throw OctetError(.unsupported, "no evaluation for elements of type \(T.elementType.rawValue)")
    }
}

private struct ArithmeticMap<Op: UnaryArithmetic>: ElementVisitor {
    let input: Tensor
    let output: Tensor
    let op: Op

    func visit<T: RealElement>(real: T.Type) throws {
        map(input, output) { (x: T) in T(real: op.value(x.real)) }
    }

    func visit<T: IntegerElement>(integer: T.Type) throws {
        map(input, output) { (x: T) in op.value(x) }
    }
}

/// Fills `output` with the images of the elements of `input`, which has as many.
func map<From: TensorElement, To: TensorElement>(_ input: Tensor, _ output: Tensor, _ function: (From) -> To) {
    input.withElements(as: From.self) { source in
        output.withMutableElements(as: To.self) { target in
            for index in 0..<min(source.count, target.count) { target[index] = function(source[index]) }
        }
    }
}
