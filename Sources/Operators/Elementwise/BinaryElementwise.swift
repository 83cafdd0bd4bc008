public import ModelGraph
public import TensorCore

/// An operator on two numbers, or a fold over several, with multidirectional broadcasting.
public protocol ArithmeticElementwise: TensorOperator {
    /// The function, in binary64; the result is rounded once to the element type.
    func value(_ a: Double, _ b: Double) throws -> Double
    /// The function on integers, modulo the width of the type.
    func value<T: FixedWidthInteger>(_ a: T, _ b: T) throws -> T
}

extension ArithmeticElementwise {
    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        guard inputs.count >= 1 else { throw OctetError(.invalidModel, "inputs are missing") }
        try inputs.requireSameElementType(0..<inputs.count)
        let types = try (0..<inputs.count).map { try inputs.tensor($0) }
        return [.tensor(types[0].elementType, try Shapes.broadcast(types.map(\.shape)))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.numbers) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        try fold(inputs, into: outputs)
    }

    /// Folds the inputs from the first to the last; one alone is copied.
    func fold(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let tensors = try inputs.indices.map { try inputs.required($0) }
        guard let first = tensors.first else { throw OctetError(.invalidModel, "inputs are missing") }
        guard tensors.count > 1 else {
            output.setElements(of: first)
            return
        }
        var left = first
        for (index, right) in tensors.enumerated().dropFirst() {
            let target =
                index == tensors.count - 1
                ? output
                : Tensor(output.elementType, shape: try Shapes.broadcast(fixed: [left.shape, right.shape]))
            try target.elementType.accept(ArithmeticLoop(a: left, b: right, output: target, op: self))
            left = target
        }
    }
}

private struct ArithmeticLoop<Op: ArithmeticElementwise>: ElementVisitor {
    let a: Tensor
    let b: Tensor
    let output: Tensor
    let op: Op

    func visit<T: RealElement>(real: T.Type) throws {
        try combine(a, b, into: output) { (a: T, b: T) in T(real: try op.value(a.real, b.real)) }
    }

    func visit<T: IntegerElement>(integer: T.Type) throws {
        try combine(a, b, into: output) { (a: T, b: T) in try op.value(a, b) }
    }
}

/// Fills `output` with a function of two tensors that broadcast to its shape.
func combine<A: TensorElement, B: TensorElement, To: TensorElement>(
    _ a: Tensor, _ b: Tensor, into output: Tensor, _ function: (A, B) throws -> To
) throws {
    let nest = LoopNest(
        output.shape,
        strides: [
            Tensor.rowMajorStrides(output.shape), LoopNest.broadcastStrides(a.shape, to: output.shape),
            LoopNest.broadcastStrides(b.shape, to: output.shape),
        ])
    try a.withElements(as: A.self) { a in
        try b.withElements(as: B.self) { b in
            try output.withMutableElements(as: To.self) { target in
                try nest.forEachRun { starts, steps, length in
                    var (to, left, right) = (starts[0], starts[1], starts[2])
                    for _ in 0..<length {
                        target[to] = try function(a[left], b[right])
                        to += steps[0]
                        left += steps[1]
                        right += steps[2]
                    }
                }
            }
        }
    }
}
