public import TensorCore

/// What has been decided about one slot.
public struct TensorQuantization: Sendable {
    public enum State: Sendable, Hashable {
        /// Will have parameters of its own; they are not known yet.
        case initial
        /// Has parameters of its own.
        case active
        /// Takes part in the group that another slot dominates and has that slot's parameters.
        case overlapped(by: TensorSlot)
        /// Has parameters that follow from those of other slots of the node (a bias).
        case passive
        /// Stays float although the node is integer.
        case float
    }

    /// What a refinement has put in place of a constant's contents.
    public enum Replacement: Sendable {
        /// Integer codes, chosen one by one; the parameters say what they stand for.
        case codes(Tensor)
        /// Other real values, still to be rounded.
        case values(Tensor)
    }

    public var format: IntegerFormat
    /// The axis along which scales differ; `nil` for one scale.
    public var channelAxis: Int?
    /// Elements that share a scale along ``channelAxis``; `nil` when each index has its own.
    public var blockSize: Int?
    public var state: State
    /// The slot's own parameters. Use ``QuantizationPlan/parameters(of:)`` to see those of the dominating slot.
    public var parameters: QuantizationParameters?
    /// The range that the parameters were made from, if it was observed.
    public var range: ClosedRange<Float>?
    /// The name of the range method that gave the range.
    public var method: String?
    /// The share of observed values outside of the range.
    public var clippedShare = 0.0
    /// True where the value counts for the range of the slot's group: false for what is clamped before anyone sees it
    /// and for what merely repeats another slot's elements.
    public var contributesRange: Bool
    public var replacement: Replacement?

    public init(
        format: IntegerFormat, channelAxis: Int? = nil, blockSize: Int? = nil, state: State = .initial,
        parameters: QuantizationParameters? = nil, contributesRange: Bool = true
    ) {
        self.format = format
        self.channelAxis = channelAxis
        self.blockSize = blockSize
        self.state = state
        self.parameters = parameters
        self.contributesRange = contributesRange
    }
}
