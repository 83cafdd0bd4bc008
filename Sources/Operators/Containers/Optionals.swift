public import ModelGraph
internal import TensorCore

/// ONNX `Optional`: a value as one that may be absent, or the absent value.
public struct OptionalValue: DataDependentOperator {
    public static let name = "Optional"

    /// What the absent value would have been; needed when there is no input.
    public var wrapped: ValueType?

    public init(wrapped: ValueType? = nil) { self.wrapped = wrapped }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.optional(inputs.types.first.flatMap { $0 } ?? wrapped ?? .unknown)]
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        [.optional(inputs.first ?? nil)]
    }
}

/// ONNX `OptionalHasElement`: whether the value is there. A value that cannot be absent is.
public struct OptionalHasElement: DataDependentOperator {
    public static let name = "OptionalHasElement"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] { [.tensor(.bool, [])] }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        let isPresent: Bool
        switch inputs.first ?? nil {
        case nil, .optional(nil)?: isPresent = false
        default: isPresent = true
        }
        return [.tensor(Tensor(scalar: isPresent))]
    }
}

/// ONNX `OptionalGetElement`: the value, which must be there.
public struct OptionalGetElement: DataDependentOperator {
    public static let name = "OptionalGetElement"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        guard let type = inputs.types.first ?? nil else { throw OctetError(.invalidModel, "input 0 is missing") }
        if case .optional(let wrapped) = type { return [wrapped] }
        return [type]
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        switch inputs.first ?? nil {
        case nil, .optional(nil)?: throw OctetError(.invalidData, "the optional value is absent")
        case .optional(let wrapped?)?: return [wrapped]
        case let datum?: return [datum]
        }
    }
}
