public import ModelGraph
public import TensorCore

/// Everything decided so far about quantizing a graph that is still float.
///
/// A value: dispatchers, fusion, sharing, calibration and refinements each take one and hand back a fuller one. Slots
/// that share parameters form a group (a union-find over ``TensorQuantization/State/overlapped(by:)``) with one
/// dominating slot.
public struct QuantizationPlan: Sendable {
    private var entries: [TensorSlot: TensorQuantization] = [:]
    /// The rule of every node that becomes integer.
    public private(set) var rules: [NodeID: QuantizationRule] = [:]
    /// Why each of the other nodes stays float.
    public internal(set) var floatReasons: [NodeID: FloatReason] = [:]

    public init() {}

    /// What is decided about a slot; `nil` for slots of float nodes and for inputs that are not data.
    public subscript(_ slot: TensorSlot) -> TensorQuantization? {
        get { entries[slot] }
        set { entries[slot] = newValue }
    }

    /// All slots in order of their nodes.
    public var slots: [TensorSlot] { entries.keys.sorted() }

    /// The nodes that become integer, in order.
    public var integerNodes: [NodeID] { rules.keys.sorted() }

    /// Makes a node integer.
    public mutating func setRule(_ rule: QuantizationRule, of node: NodeID) {
        rules[node] = rule
        floatReasons[node] = nil
    }

    /// Makes a node float after all, with all its slots.
    public mutating func makeFloat(_ node: NodeID, because reason: FloatReason) {
        rules[node] = nil
        floatReasons[node] = reason
        for slot in entries.keys where slot.node == node { entries[slot] = nil }
    }
}

extension QuantizationPlan {
    /// The slot that dominates the group of `slot`: itself when it has parameters of its own.
    public func dominator(of slot: TensorSlot) -> TensorSlot {
        var current = slot
        while case .overlapped(let next)? = entries[current]?.state { current = next }
        return current
    }

    /// The parameters in force at a slot; `nil` while they are unknown and for slots that stay float.
    public func parameters(of slot: TensorSlot) -> QuantizationParameters? {
        entries[dominator(of: slot)]?.parameters
    }

    /// True when the parameters of the slot's group are settled already.
    public func isSettled(_ slot: TensorSlot) -> Bool {
        entries[dominator(of: slot)]?.parameters != nil
    }

    /// Joins the groups of two slots under the dominator of `master`.
    /// - Returns: false, with nothing changed, when the group of `slot` has parameters already or another format.
    @discardableResult
    public mutating func overlap(_ slot: TensorSlot, by master: TensorSlot) -> Bool {
        let root = dominator(of: slot)
        let newRoot = dominator(of: master)
        guard root != newRoot else { return true }
        guard let own = entries[root], let other = entries[newRoot], own.parameters == nil,
            own.format == other.format, own.channelAxis == other.channelAxis
        else { return false }
        entries[root]?.state = .overlapped(by: newRoot)
        return true
    }

    /// Takes a slot that dominates nobody out of its group and puts it into another: its value will be requantized.
    public mutating func move(_ slot: TensorSlot, under master: TensorSlot) {
        let root = dominator(of: master)
        entries[slot]?.state = .overlapped(by: root)
        entries[slot]?.contributesRange = false
    }

    /// Every group by its dominating slot.
    public var groups: [TensorSlot: [TensorSlot]] {
        Dictionary(grouping: slots) { dominator(of: $0) }
    }
}
