public import ModelGraph
public import TensorCore

/// ONNX `SequenceConstruct`: the inputs as a sequence.
public struct SequenceConstruct: DataDependentOperator {
    public static let name = "SequenceConstruct"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let types = Subgraph.types(inputs, from: 0)
        return [.sequence(types.dropFirst().reduce(types.first ?? .unknown) { $0.common(with: $1) })]
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        [.sequence(try Subgraph.data(inputs, from: 0))]
    }
}

/// ONNX `SequenceEmpty`: a sequence for tensors of an element type, without elements.
public struct SequenceEmpty: DataDependentOperator {
    public static let name = "SequenceEmpty"

    public var elementType: ElementType

    public init(elementType: ElementType = .float32) { self.elementType = elementType }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] { [.sequence(.tensor(elementType, nil))] }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] { [.sequence([])] }
}

/// ONNX `SequenceAt`: the element at a place (input 1), which may count from the end.
public struct SequenceAt: DataDependentOperator {
    public static let name = "SequenceAt"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] { [try inputs.sequenceElement(0)] }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        let elements = try inputs.sequence(0)
        guard let place = try inputs.tensor(1).integers?.first else {
            throw OctetError(.invalidData, "the place in the sequence is missing")
        }
        return [elements[try Indices.resolve(place, extent: elements.count)]]
    }
}

/// ONNX `SequenceInsert`: a sequence with one element more, before the place in input 2 or else at the end.
public struct SequenceInsert: DataDependentOperator {
    public static let name = "SequenceInsert"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let known = try inputs.sequenceElement(0)
        guard let added = inputs.types.dropFirst().first ?? nil else {
            throw OctetError(.invalidModel, "input 1 is missing")
        }
        return [.sequence(known.isComplete ? known.common(with: added) : added.withoutShapes)]
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        var elements = try inputs.sequence(0)
        let element = Datum.tensor(try inputs.tensor(1))
        let last = elements.count
        let place = (inputs.count > 2 && inputs[2] != nil ? try inputs.tensor(2).integers?.first : nil) ?? last
        guard place >= -last, place <= last else {
            throw OctetError(.invalidData, "the place is outside the sequence", expected: "\(-last) … \(last)")
        }
        elements.insert(element, at: place < 0 ? place + last : place)
        return [.sequence(elements)]
    }
}

/// ONNX `SequenceErase`: a sequence without the element at the place in input 1, or else without its last.
public struct SequenceErase: DataDependentOperator {
    public static let name = "SequenceErase"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.sequence(try inputs.sequenceElement(0))]
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        var elements = try inputs.sequence(0)
        let place = inputs.count > 1 && inputs[1] != nil ? try inputs.tensor(1).integers?.first : nil
        elements.remove(at: try Indices.resolve(place ?? -1, extent: elements.count))
        return [.sequence(elements)]
    }
}

/// ONNX `SequenceLength`: the number of elements.
public struct SequenceLength: DataDependentOperator {
    public static let name = "SequenceLength"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        _ = try inputs.sequenceElement(0)
        return [.tensor(.int64, [])]
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        [.tensor(Tensor(scalar: Int64(try inputs.sequence(0).count)))]
    }
}

extension InferenceInputs {
    /// The type of the elements of a sequence input.
    /// - Throws: `invalidModel` when it is left out or no sequence.
    func sequenceElement(_ index: Int) throws -> ValueType {
        switch index < types.count ? types[index] : nil {
        case .sequence(let element)?: return element
        case .unknown?: return .unknown
        case let found:
            throw OctetError(
                .invalidModel, "input \(index) is no sequence", expected: "a sequence",
                found: found.map { "\($0)" } ?? "nothing")
        }
    }
}

extension Array where Element == Datum? {
    /// The elements of the sequence input at `index`.
    /// - Throws: `invalidModel` when it is left out or no sequence.
    func sequence(_ index: Int) throws -> [Datum] {
        guard index < count, case .sequence(let elements)? = self[index] else {
            throw OctetError(.invalidModel, "input \(index) is missing or no sequence")
        }
        return elements
    }
}
