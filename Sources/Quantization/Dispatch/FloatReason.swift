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
    /// Nothing that multiplies and accumulates comes before it.
    case beforeProducts
    /// It is on no path of integer operators from one that multiplies and accumulates to another.
    case onNoPath
    /// Only weights are stored in integers, and it has none that are constant.
    case noConstantWeights
    /// It has no form with ranges found at run time that is faster than floats.
    case noDynamicForm
    /// Its results or constants can leave the range of 16-bit floats.
    case leavesHalfRange
    /// Runtimes have it in 32-bit floats only, or it has no data in floats.
    case noHalfForm
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
        case .beforeProducts: "no integer product or convolution comes before it"
        case .noConstantWeights: "it has no constant weights"
        case .noDynamicForm: "it has no form with ranges found at run time that is faster than floats"
        case .leavesHalfRange: "its results or constants can leave the range of 16-bit floats"
        case .noHalfForm: "it has no 16-bit float form in the common runtimes, or no floats"
        case .onNoPath: "it is on no path of integer operators between two products or convolutions"
        }
    }
}
