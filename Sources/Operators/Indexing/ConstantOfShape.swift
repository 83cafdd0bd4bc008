public import ModelGraph
public import TensorCore

/// ONNX `ConstantOfShape`: a tensor of the shape in input 0, filled with one value.
public struct ConstantOfShape: TensorOperator {
    public static let name = "ConstantOfShape"

    /// A tensor of one element.
    public var value: Tensor

    public init(value: Tensor = Tensor([Float(0)], shape: [1])) { self.value = value }

    public var shapeInputs: [Int] { [0] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let count = try inputs.tensor(0).fixedShape?.first
        guard let shape = inputs.integers(0) else {
            guard let count, count >= 0, count <= 64 else { return [.tensor(value.elementType, nil)] }
            return [.tensor(value.elementType, Array(repeating: .unknown, count: count))]
        }
        guard shape.allSatisfy({ $0 >= 0 }) else {
            throw OctetError(.invalidModel, "the shape is impossible", found: "\(shape)")
        }
        return [.tensor(value.elementType, shape.map(Dimension.fixed))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        guard [ElementType].movable.contains(value.elementType) else {
            throw OctetError(.unsupported, "no evaluation for elements of type \(value.elementType.rawValue)")
        }
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        guard value.count == 1 else {
            throw OctetError(.invalidModel, "attribute 'value' must hold one element", found: "\(value.count)")
        }
        try LoopNest([output.count], strides: [[0], [1]]).copy(from: value, to: output)
    }
}
