internal import TensorCore

/// A network: nodes that turn values into values.
///
/// A value type with index handles. Nodes and values are never renumbered; removed ones leave a hole. The same
/// type holds the float network and the quantized one: there, values have integer element types with
/// ``QuantizationParameters``, and explicit border nodes convert.
public struct Graph: Sendable {
    public var name: String
    /// The inputs a caller feeds, in order.
    public var inputs: [ValueID]
    /// The results, in order.
    public var outputs: [ValueID]
    /// What the model file said about itself and its format.
    public var metadata: ModelMetadata
    /// What the file says about the graph itself.
    public var annotations: Annotations
    /// Which integer arithmetic the quantized operators of this graph follow.
    public var arithmetic: QuantizedArithmetic

    // Slots of removed nodes and values hold stand-ins, so that nothing has to be unwrapped.
    @usableFromInline var nodeSlots: [Node]
    @usableFromInline var valueSlots: [Value]
    @usableFromInline var hasNode: [Bool]
    @usableFromInline var hasValue: [Bool]
    @usableFromInline var producers: ValueMap<NodeID>

    public init(name: String = "") {
        self.name = name
        inputs = []
        outputs = []
        metadata = ModelMetadata()
        annotations = Annotations()
        arithmetic = .onnx
        nodeSlots = []
        valueSlots = []
        hasNode = []
        hasValue = []
        producers = ValueMap()
    }

    public subscript(_ id: ValueID) -> Value {
        @inlinable get {
            precondition(hasValue[id.index], "a value that was removed")
            return valueSlots[id.index]
        }
        @inlinable _modify {
            precondition(hasValue[id.index], "a value that was removed")
            yield &valueSlots[id.index]
        }
    }

    @inlinable public subscript(_ id: NodeID) -> Node {
        precondition(hasNode[id.index], "a node that was removed")
        return nodeSlots[id.index]
    }

    /// The nodes in the order they were added. See ``executionOrder()`` for one that respects dependencies.
    @inlinable public var nodeIDs: [NodeID] {
        hasNode.indices.lazy.filter { hasNode[$0] }.map(NodeID.init)
    }

    @inlinable public var valueIDs: [ValueID] {
        hasValue.indices.lazy.filter { hasValue[$0] }.map(ValueID.init)
    }

    /// One more than the greatest index of a value, for tables indexed by value.
    @inlinable public var valueCapacity: Int { valueSlots.count }

    /// One more than the greatest index of a node, for tables indexed by node.
    @inlinable public var nodeCapacity: Int { nodeSlots.count }

    @inlinable public func contains(_ id: ValueID) -> Bool {
        hasValue.indices.contains(id.index) && hasValue[id.index]
    }

    @inlinable public func contains(_ id: NodeID) -> Bool {
        hasNode.indices.contains(id.index) && hasNode[id.index]
    }

    /// The node that produces a value; `nil` for inputs and constants.
    @inlinable public func producer(of value: ValueID) -> NodeID? { producers[value] }

    /// Every value's consumers, in node order; a node that reads a value twice is listed twice.
    public func consumers() -> Consumers { Consumers(of: self) }

    /// The first value of this name.
    public func value(named name: String) -> ValueID? {
        valueIDs.first { self[$0].name == name }
    }
}

/// The rounding and requantization rules of quantized operators.
public enum QuantizedArithmetic: String, Sendable, Hashable {
    /// ONNX: `float(acc) · (sx·sw/sy)`, one float32 multiplication, rounded half to even, then the zero point.
    case onnx
}

/// What a model file says about itself beside the graph.
public struct ModelMetadata: Sendable {
    public var producerName = ""
    public var producerVersion = ""
    public var domain = ""
    public var modelVersion: Int64 = 0
    public var documentation = ""
    public var properties: [(key: String, value: String)] = []
    /// The operator sets the file was written against, by domain ("" is ONNX's own).
    public var operatorSets: [String: Int] = [:]
    /// The format's own version (ONNX `ir_version`).
    public var formatVersion: Int64 = 0
    /// Parts of the file that stand beside the graph and that only its own format understands (ONNX functions,
    /// device configurations): fields of the file's outermost message as they stood, for a writer of the same format.
    public var carriedFields: [UInt8] = []
    /// True when some tensors lie in files beside the model's.
    public var usesOtherFiles = false

    public init() {}
}
