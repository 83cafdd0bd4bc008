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

    /// What layers give whose results no integer node reads.
    public enum Results: String, Sendable, Hashable, CaseIterable {
        /// The integer sums as reals.
        case real
        /// Codes, as all others; only layers with one row of results a sample give reals.
        case integer
    }

    /// `uint8` or `int8`; with `uint16` or `int16` a file says what a target with 16-bit activations needs, and its
    /// operators compute in float between roundings.
    public var activationType: ElementType
    /// Activations range over ±max|x| instead of from minimum to maximum.
    public var symmetricActivations: Bool
    /// `int8` or `uint8`; `int4` has a scale for each block of ``blockSize`` along the sum and is read as float.
    public var weightType: ElementType
    /// Weights range over ±max|w|, in int8 restricted to ±127.
    public var symmetricWeights: Bool
    public var granularity: Granularity
    /// Leaves out one bit of the weights, for targets whose 16-bit sums saturate.
    public var reduceRange: Bool
    public var results: Results

    public init(
        activationType: ElementType = .uint8, symmetricActivations: Bool = false, weightType: ElementType = .int8,
        symmetricWeights: Bool = true, granularity: Granularity = .channel, reduceRange: Bool = false,
        results: Results = .real
    ) {
        self.activationType = activationType
        self.symmetricActivations = symmetricActivations
        self.weightType = weightType
        self.symmetricWeights = symmetricWeights
        self.granularity = granularity
        self.reduceRange = reduceRange
        self.results = results
    }

    /// Weights of 4 bits that share a scale.
    public static let blockSize = 32

    /// The integers of an activation.
    /// - Throws: `invalidArgument` when no operator takes activations of this type.
    public func activationFormat() throws -> IntegerFormat {
        guard [.uint8, .int8, .uint16, .int16].contains(activationType) else {
            throw OctetError(
                .invalidArgument, "activations cannot be quantized to this type",
                expected: "uint8, int8, uint16 or int16", found: activationType.rawValue)
        }
        return try IntegerFormat(activationType, isSymmetric: symmetricActivations)
    }

    /// The integers of a weight.
    /// - Throws: `invalidArgument` when no operator takes weights of this type beside the activations.
    public func weightFormat() throws -> IntegerFormat {
        guard [.int8, .uint8, .int4].contains(weightType) else {
            throw OctetError(
                .invalidArgument, "weights cannot be quantized to this type", expected: "int8, uint8 or int4",
                found: weightType.rawValue)
        }
        guard weightType != .uint8 || activationType.isUnsignedInteger else {
            throw OctetError(
                .invalidArgument, "\(activationType.rawValue) activations do not go with uint8 weights",
                remedy: "Use int8 weights, or unsigned activations.")
        }
        return try IntegerFormat(weightType, isSymmetric: symmetricWeights, reduceRange: reduceRange)
    }

    /// How a weight is stored: its integers, the axis its scales run along, and how many elements share one.
    ///
    /// Weights whose sums are too short for blocks keep 8 bits.
    /// - Parameter channelAxis: the axis of the output channels, 0 or 1; products are added along the other.
    func storage(
        ofWeight shape: [Int], channelAxis: Int
    ) throws -> (format: IntegerFormat, axis: Int?, blockSize: Int?) {
        let format = try weightFormat()
        guard weightType == .int4 else { return (format, granularity == .channel ? channelAxis : nil, nil) }
        let sumAxis = 1 - channelAxis
        guard shape.indices.contains(sumAxis), shape[sumAxis] >= Self.blockSize / 2 else {
            let wider = try IntegerFormat(.int8, isSymmetric: symmetricWeights, reduceRange: reduceRange)
            return (wider, channelAxis, nil)
        }
        return (format, sumAxis, Self.blockSize)
    }
}
