public import ModelGraph
internal import TensorCore

/// ONNX `ConcatFromSequence`: the tensors of a sequence one behind the other along an axis, or along a new one.
public struct ConcatFromSequence: DataDependentOperator {
    public static let name = "ConcatFromSequence"

    public var axis: Int
    public var addsAxis: Bool

    public init(axis: Int, addsAxis: Bool = false) {
        self.axis = axis
        self.addsAxis = addsAxis
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        guard let element = try inputs.sequenceElement(0).tensorType else { return [.unknown] }
        guard var shape = element.shape else { return [.tensor(element.elementType, nil)] }
        if addsAxis {
            shape.insert(.unknown, at: try Shapes.axis(axis, rank: shape.count + 1))
        } else {
            shape[try Shapes.axis(axis, rank: shape.count)] = .unknown
        }
        return [.tensor(element.elementType, shape)]
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        let tensors = try inputs.sequence(0).map { datum in
            guard let tensor = datum.tensor else { throw OctetError(.invalidData, "the sequence holds no tensors") }
            guard addsAxis else { return tensor }
            var shape = tensor.shape
            shape.insert(1, at: try Shapes.axis(axis, rank: shape.count + 1))
            return tensor.reshaped(shape)
        }
        let concatenation = Concatenation(axis: axis)
        let facts = InferenceInputs(
            types: tensors.map { .tensor($0.type) }, constants: tensors.map { _ in nil }, outputCount: 1)
        try facts.requireSameElementType(tensors.indices)
        try concatenation.checkSupport(facts)
        guard let type = try concatenation.inferOutputs(facts).first?.tensorType, let shape = type.fixedShape else {
            throw OctetError(.invalidData, "the tensors of the sequence cannot be joined")
        }
        try context.reserve(type.elementType, shape: shape)
        let output = Tensor(type.elementType, shape: shape)
        try concatenation.evaluate(tensors, into: [output])
        return [.tensor(output)]
    }
}
