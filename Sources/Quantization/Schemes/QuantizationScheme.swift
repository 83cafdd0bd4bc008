public import TensorCore

/// What kinds of integers a network is quantized to, before any tensor has been looked at.
public struct QuantizationScheme: Sendable, Hashable {
    /// How many scales a weight has.
    public enum Granularity: String, Sendable, Hashable, CaseIterable {
        /// One for each output channel.
        case channel
        /// One for the whole tensor.
        case tensor
    }

    /// `uint8` or `int8`.
    public var activationType: ElementType
    /// Activations range over ±max|x| instead of from minimum to maximum.
    public var symmetricActivations: Bool
    /// `int8` or `uint8`.
    public var weightType: ElementType
    /// Weights range over ±max|w|, in int8 restricted to ±127.
    public var symmetricWeights: Bool
    public var granularity: Granularity
    /// Leaves out one bit of the weights, for targets whose 16-bit sums saturate.
    public var reduceRange: Bool

    public init(
        activationType: ElementType = .uint8, symmetricActivations: Bool = false, weightType: ElementType = .int8,
        symmetricWeights: Bool = true, granularity: Granularity = .channel, reduceRange: Bool = false
    ) {
        self.activationType = activationType
        self.symmetricActivations = symmetricActivations
        self.weightType = weightType
        self.symmetricWeights = symmetricWeights
        self.granularity = granularity
        self.reduceRange = reduceRange
    }

    /// The integers of an activation.
    /// - Throws: `invalidArgument` when no integer operator takes activations of this type.
    public func activationFormat() throws -> IntegerFormat {
        guard [.uint8, .int8].contains(activationType) else {
            throw OctetError(
                .invalidArgument, "activations cannot be quantized to this type", expected: "uint8 or int8",
                found: activationType.rawValue)
        }
        return try IntegerFormat(activationType, isSymmetric: symmetricActivations)
    }

    /// The integers of a weight.
    /// - Throws: `invalidArgument` when no integer operator takes weights of this type beside the activations.
    public func weightFormat() throws -> IntegerFormat {
        guard [.int8, .uint8].contains(weightType) else {
            throw OctetError(
                .invalidArgument, "weights cannot be quantized to this type", expected: "int8 or uint8",
                found: weightType.rawValue)
        }
        guard weightType == .int8 || activationType == .uint8 else {
            throw OctetError(
                .invalidArgument, "int8 activations do not go with uint8 weights",
                remedy: "Use int8 weights, or uint8 activations.")
        }
        return try IntegerFormat(weightType, isSymmetric: symmetricWeights, reduceRange: reduceRange)
    }
}
