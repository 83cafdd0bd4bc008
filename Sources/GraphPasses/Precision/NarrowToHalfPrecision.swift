public import ModelGraph
internal import Operators
internal import TensorCore

/// Turns a network in float32 into one that computes in float16 where that is safe. Inputs and outputs keep their
/// types; casts stand where the two meet.
public struct NarrowToHalfPrecision {
    /// Why a node keeps float32.
    public enum Reason: Sendable, Hashable {
        /// Its results or constants can leave the range of float16, or its sums lose too much in it.
        case range
        /// Runtimes have it in float32 only, or it has no data in floats.
        case form
        /// The caller wanted it so.
        case excluded
    }

    /// Sums of squares and exponentials, which overflow first.
    private static let wide: Set<String> = [
        "Exp", "Pow", "ReduceSumSquare", "ReduceL1", "ReduceL2", "ReduceSum", "ReduceProd", "ReduceLogSum",
        "ReduceLogSumExp", "LRN", "LpNormalization", "CumSum", "CumProd",
    ]
    /// What the common converters leave in float32 because runtimes lack it.
    private static let uncommon: Set<String> = [
        "Range", "RoiAlign", "NonMaxSuppression", "TopK", "Resize", "Upsample", "OneHot", "GridSample", "Min", "Max",
        "ConstantOfShape", "Unique", "Cast", "CastLike", "QuantizeLinear", "DequantizeLinear",
        "DynamicQuantizeLinear",
    ]
    /// The largest finite float16.
    public static let limit: Float = 65504

    private var graph: Graph
    private var names = ValueNames()
    private let kept: [NodeID: Reason]
    /// The float16 and the float32 form of values that need both.
    private var halves: [ValueID: ValueID] = [:]
    private var wides: [ValueID: ValueID] = [:]

    /// - Parameter keeping: nodes to leave in float32, known to leave the range or not wanted.
    /// - Returns: the graph, and the reason for each node that stays in float32.
    /// - Throws: `invalidModel` where types contradict.
    public static func narrow(
        _ graph: Graph, keeping: [NodeID: Reason] = [:]
    ) throws -> (graph: Graph, kept: [NodeID: Reason]) {
        var typed = graph
        try typed.inferTypes()
        var kept = keeping
        for id in typed.nodeIDs where kept[id] == nil { kept[id] = reason(against: typed[id], in: typed) }
        var pass = NarrowToHalfPrecision(graph: typed, kept: kept)
        for id in try typed.executionOrder() { try pass.convert(id) }
        pass.graph.removeUnusedValues()
        try pass.graph.inferTypes()
        return (pass.graph, kept)
    }

    private init(graph: Graph, kept: [NodeID: Reason]) {
        self.graph = graph
        self.kept = kept
    }

    private static func reason(against node: Node, in graph: Graph) -> Reason? {
        if wide.contains(node.op.name) { return .range }
        if uncommon.contains(node.op.name) || !(node.op is any TensorOperator) { return .form }
        let outputs = node.outputs.compactMap { $0.map { graph[$0] } }
        guard outputs.contains(where: { $0.type.tensorType?.elementType == .float32 }) else { return .form }
        for case let input? in node.inputs {
            guard let constant = graph[input].constant, constant.elementType == .float32 else { continue }
            if constant.withElements(as: Float.self, { $0.contains { $0.isFinite && abs($0) > limit } }) {
                return .range
            }
        }
        return nil
    }

    private mutating func convert(_ id: NodeID) throws {
        var node = graph[id]
        let isHalf = kept[id] == nil
        node.inputs = try node.inputs.map { input in
            try input.map { isHalf ? try half($0) : try single($0) }
        }
        guard isHalf else { return graph.updateNode(id) { $0.inputs = node.inputs } }
        var casts: [(half: ValueID, output: ValueID)] = []
        for index in node.outputs.indices {
            guard let output = node.outputs[index], var type = graph[output].type.tensorType,
                type.elementType == .float32
            else { continue }
            type.elementType = .float16
            if graph.outputs.contains(output) {
                let inside = graph.addValue(
                    name: names.unused("\(graph[output].name)_float16", in: graph), type: .tensor(type))
                node.outputs[index] = inside
                casts.append((inside, output))
                halves[output] = inside
            } else {
                graph[output].type = .tensor(type)
                halves[output] = output
            }
        }
        try graph.replaceNode(id, with: node)
        for (inside, output) in casts {
            try graph.addNode(
                Node(name: "\(graph[output].name)_cast", op: Cast(to: .float32), inputs: [inside], outputs: [output]))
        }
    }

    /// The float16 form of a value; the value itself when it holds no float32.
    private mutating func half(_ value: ValueID) throws -> ValueID {
        if let existing = halves[value] { return existing }
        guard let type = graph[value].type.tensorType, type.elementType == .float32 else { return value }
        let name = names.unused("\(graph[value].name)_float16", in: graph)
        let made: ValueID
        if let constant = graph[value].constant {
            made = graph.addConstant(name: name, try constant.converted(to: .float16))
        } else {
            made = graph.addValue(name: name, type: .tensor(.float16, type.shape))
            try graph.addNode(Node(name: name, op: Cast(to: .float16), inputs: [value], outputs: [made]))
        }
        halves[value] = made
        return made
    }

    /// The float32 form of a value that may have become float16.
    private mutating func single(_ value: ValueID) throws -> ValueID {
        guard let type = graph[value].type.tensorType, type.elementType == .float16, halves[value] == value else {
            return value
        }
        if let existing = wides[value] { return existing }
        let name = names.unused("\(graph[value].name)_float32", in: graph)
        let made = graph.addValue(name: name, type: .tensor(.float32, type.shape))
        try graph.addNode(Node(name: name, op: Cast(to: .float32), inputs: [value], outputs: [made]))
        wides[value] = made
        return made
    }
}
