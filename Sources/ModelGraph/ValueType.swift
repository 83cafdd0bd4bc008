public import TensorCore

/// What is known of a value before it exists: a tensor, a sequence of values, or a value that may be absent.
public indirect enum ValueType: Sendable, Hashable {
    case tensor(TensorType)
    case sequence(ValueType)
    case optional(ValueType)
    /// Nothing is known: the output of an operator that Octet does not know.
    case unknown

    @inlinable public var tensorType: TensorType? {
        if case .tensor(let type) = self { type } else { nil }
    }

    /// False when nothing is known of the value or of what it holds (an empty sequence).
    public var isComplete: Bool {
        switch self {
        case .tensor: true
        case .sequence(let element), .optional(let element): element.isComplete
        case .unknown: false
        }
    }

    /// What is certain of a value that has either type.
    public func common(with other: ValueType) -> ValueType {
        switch (self, other) {
        case (.tensor(let own), .tensor(let other)) where own.elementType == other.elementType:
            guard let left = own.shape, let right = other.shape, left.count == right.count else {
                return .tensor(own.elementType, nil)
            }
            return .tensor(own.elementType, zip(left, right).map { $0 == $1 ? $0 : .unknown })
        case (.sequence(let own), .sequence(let other)): return .sequence(own.common(with: other))
        case (.optional(let own), .optional(let other)): return .optional(own.common(with: other))
        default: return .unknown
        }
    }

    /// The same type with nothing said about shapes.
    public var withoutShapes: ValueType {
        switch self {
        case .tensor(let type): .tensor(type.elementType, nil)
        case .sequence(let element): .sequence(element.withoutShapes)
        case .optional(let wrapped): .optional(wrapped.withoutShapes)
        case .unknown: .unknown
        }
    }

    /// Whether a value of this type may be one of the other, as far as kinds and element types go. An unknown type
    /// may be any; a value that is there may stand where it may be absent.
    public func canBe(_ other: ValueType) -> Bool {
        switch (self, other) {
        case (.unknown, _), (_, .unknown): true
        case (.tensor(let own), .tensor(let other)): own.elementType == other.elementType
        case (.sequence(let own), .sequence(let other)), (.optional(let own), .optional(let other)): own.canBe(other)
        case (_, .optional(let wrapped)): canBe(wrapped)
        default: false
        }
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
        case .sequence(let elements):
            .sequence(elements.dropFirst().reduce(elements.first?.type ?? .unknown) { $0.common(with: $1.type) })
        case .optional(let wrapped): .optional(wrapped?.type ?? .unknown)
        }
    }
}
