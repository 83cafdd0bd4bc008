public import ModelGraph
public import TensorCore

/// ONNX `PRelu`: slope · x below zero, where the slopes in input 1 broadcast to the data.
public struct ParametricRelu: TensorOperator {
    public static let name = "PRelu"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType(0..<2)
        let x = try inputs.tensor(0)
        let slope = try inputs.tensor(1)
        let shape = try Shapes.broadcast([x.shape, slope.shape])
        if let own = x.fixedShape, let wide = TensorType(.float32, shape: shape).fixedShape, own != wide {
            throw OctetError(
                .invalidModel, "the slopes do not broadcast to the data", expected: "\(own)", found: "\(wide)")
        }
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.numbers) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try output.elementType.accept(SlopeLoop(x: inputs.required(0), slope: inputs.required(1), output: output))
    }
}

private struct SlopeLoop: ElementVisitor {
    let x: Tensor
    let slope: Tensor
    let output: Tensor

    func visit<T: RealElement>(real: T.Type) throws {
        try combine(x, slope, into: output) { (x: T, slope: T) in x.real < 0 ? T(real: x.real * slope.real) : x }
    }

    func visit<T: IntegerElement>(integer: T.Type) throws {
        try combine(x, slope, into: output) { (x: T, slope: T) in x < 0 ? x &* slope : x }
    }
}
