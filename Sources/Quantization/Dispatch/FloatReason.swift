public import TensorCore

/// Why a node stays float.
public enum FloatReason: Sendable, Hashable {
    /// The operator has no integer form.
    case noIntegerForm
    /// The operator has one, but not for these inputs or attributes.
    case useNotCovered
    /// Its weights or its bias are computed at run time.
    case weightsNotConstant
    /// Its data are of a type that is not quantized.
    case unsupportedType(ElementType)
    /// It computes shapes or indices.
    case indexArithmetic
    /// The user left it out.
    case excluded(pattern: String)
    /// It would be integer between integer neighbours, and is not between such.
    case floatNeighbours
}

extension FloatReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noIntegerForm: "the operator has no integer form"
        case .useNotCovered: "the operator's integer form does not cover these inputs or attributes"
        case .weightsNotConstant: "its weights or bias are not constant"
        case .unsupportedType(let type): "its data are \(type.rawValue), not float32"
        case .indexArithmetic: "it computes shapes or indices"
        case .excluded(let pattern): "excluded by '\(pattern)'"
        case .floatNeighbours: "it saves nothing in integers: no integer operators on both sides of it"
        }
    }
}
