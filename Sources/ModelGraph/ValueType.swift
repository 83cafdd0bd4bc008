public import TensorCore

/// What is known of a value before it exists: a tensor, a sequence of values, or a value that may be absent.
public indirect enum ValueType: Sendable, Hashable {
    case tensor(TensorType)
    case sequence(ValueType)
    case optional(ValueType)
    /// Nothing is known: the output of an operator that Octet does not know.
    case unknown

    public var tensorType: TensorType? {
        if case .tensor(let type) = self { type } else { nil }
    }

    public static func tensor(_ elementType: ElementType, _ shape: [Dimension]?) -> ValueType {
        .tensor(TensorType(elementType, shape: shape))
    }
}

extension ValueType: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tensor(let type): type.description
        case .sequence(let element): "sequence(\(element))"
        case .optional(let wrapped): "optional(\(wrapped))"
        case .unknown: "?"
        }
    }
}

/// A value that exists: what flows along the edges of a graph while it runs.
public indirect enum Datum: Sendable {
    case tensor(Tensor)
    case sequence([Datum])
    case optional(Datum?)

    public var tensor: Tensor? {
        if case .tensor(let tensor) = self { tensor } else { nil }
    }

    public var type: ValueType {
        switch self {
        case .tensor(let tensor): .tensor(tensor.type)
        case .sequence(let elements): .sequence(elements.first?.type ?? .unknown)
        case .optional(let wrapped): .optional(wrapped?.type ?? .unknown)
        }
    }
}
