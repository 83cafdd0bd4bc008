internal import ModelGraph
internal import TensorCore

/// What quantization did: which nodes are integer, why the others are not, and what was chosen for each tensor.
public struct QuantizationReport: Sendable {
    public struct IntegerNode: Sendable {
        public var name: String
        public var operatorName: String
    }

    public struct FloatNode: Sendable {
        public var name: String
        public var operatorName: String
        public var reason: FloatReason
    }

    /// A tensor with parameters of its own that were chosen from what was observed.
    public struct ObservedTensor: Sendable {
        /// The tensor's name in the user's file.
        public var name: String
        public var range: ClosedRange<Float>
        /// The name of the range method it comes from.
        public var method: String
        public var scale: Float
        public var zeroPoint: Int32
        /// The share of the observed values outside of the range.
        public var clippedShare: Double
    }

    /// What a refinement did to the error of the outputs on calibration samples held back for judging it.
    public struct Refinement: Sendable {
        public var name: String
        public var isApplied: Bool
        /// The outputs' error power as a share of the float outputs' power.
        public var errorBefore: Double
        public var errorAfter: Double
        public var reason: String
    }

    public var integerNodes: [IntegerNode]
    public var floatNodes: [FloatNode]
    public var tensors: [ObservedTensor]
    /// The refinements that were tried, in order.
    public var refinements: [Refinement]
    /// Bytes of all constants before and after.
    public var bytesBefore: Int
    public var bytesAfter: Int
    /// The labels of the rewrites made before, in order.
    public var simplifications: [String]

    init(
        original: Graph, float: Graph, plan: QuantizationPlan, quantized: Graph, simplifications: [String],
        refinements: [Refinement]
    ) {
        integerNodes = plan.integerNodes.map {
            IntegerNode(name: float[$0].name, operatorName: float[$0].op.name)
        }
        floatNodes = plan.floatReasons.sorted { $0.key < $1.key }.map { id, reason in
            FloatNode(name: float[id].name, operatorName: float[id].op.name, reason: reason)
        }
        tensors = plan.slots.compactMap { slot in
            guard let entry = plan[slot], let range = entry.range, let scale = entry.parameters?.scales.first,
                let zeroPoint = entry.parameters?.zeroPoints.first, let value = slot.value(in: float)
            else { return nil }
            return ObservedTensor(
                name: float[value].name, range: range, method: entry.method ?? "", scale: scale, zeroPoint: zeroPoint,
                clippedShare: entry.clippedShare)
        }
        bytesBefore = Self.constantBytes(original)
        bytesAfter = Self.constantBytes(quantized)
        self.simplifications = simplifications
        self.refinements = refinements
    }

    /// For a method that observes nothing.
    /// - Parameter floatReasons: the nodes that stay as they were; all others count as changed.
    init(
        original: Graph, float: Graph, quantized: Graph, floatReasons: [NodeID: FloatReason], simplifications: [String]
    ) {
        integerNodes = float.nodeIDs.filter { floatReasons[$0] == nil }.map {
            IntegerNode(name: float[$0].name, operatorName: float[$0].op.name)
        }
        floatNodes = floatReasons.sorted { $0.key < $1.key }.map { id, reason in
            FloatNode(name: float[id].name, operatorName: float[id].op.name, reason: reason)
        }
        tensors = []
        refinements = []
        bytesBefore = Self.constantBytes(original)
        bytesAfter = Self.constantBytes(quantized)
        self.simplifications = simplifications
    }

    private static func constantBytes(_ graph: Graph) -> Int {
        graph.valueIDs.reduce(0) { $0 + (graph[$1].constant?.byteCount ?? 0) }
    }
}
