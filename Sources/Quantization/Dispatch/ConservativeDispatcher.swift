public import ModelGraph
internal import Operators
internal import TensorCore

/// Integer where it pays and costs no accuracy needlessly: operators that multiply and accumulate always, the others
/// only between integer neighbours.
///
/// A following operator becomes integer when all its data come from integer nodes (or from constants, or from graph
/// inputs that integer nodes alone read). If it also makes new values, those must reach a computing operator through
/// integer nodes: rounding a result that only float nodes read would cost accuracy and save nothing. The same holds for
/// depthwise convolutions, which have few products a sum. The largest set of nodes with this property is taken.
public struct ConservativeDispatcher: Dispatcher {
    public static let name = "conservative"
    public static let summary =
        "what multiplies and accumulates, and what lies between such operators, so that no rounding is wasted"

    public init() {}

    public func refuse(_ candidates: [NodeID: QuantizationRule], in graph: Graph) throws -> [NodeID: FloatReason] {
        let order = try graph.executionOrder()
        let consumers = graph.consumers()
        let outputs = Set(graph.outputs)
        var refused: [NodeID: FloatReason] = [:]
        func isInteger(_ id: NodeID) -> Bool { candidates[id] != nil && refused[id] == nil }

        var changed = true
        while changed {
            changed = false
            var reaching = Set<NodeID>()
            for id in order.reversed() where isInteger(id) {
                let reaches = graph[id].outputs.contains { output in
                    output.map { consumers[$0] }?.contains { consumer in
                        isInteger(consumer) && (candidates[consumer]?.kind == .computing || reaching.contains(consumer))
                    } ?? false
                }
                if reaches { reaching.insert(id) }
            }
            for id in order where isInteger(id) {
                guard let rule = candidates[id] else { continue }
                if rule.kind == .computing {
                    if isDepthwise(graph[id], in: graph), !reaching.contains(id) {
                        refused[id] = .floatNeighbours
                        changed = true
                    }
                    continue
                }
                let fed = zip(graph[id].inputs, rule.inputs).allSatisfy { input, role in
                    guard role == .activation, let input else { return true }
                    if let producer = graph.producer(of: input) { return isInteger(producer) }
                    if graph[input].isConstant { return true }
                    return !outputs.contains(input) && consumers[input].allSatisfy(isInteger)
                        && reaching.contains(id)
                }
                let makesNewValues = rule.kind != .clamping && rule.output != .sameAsInput
                if !fed || (makesNewValues && !reaching.contains(id)) {
                    refused[id] = .floatNeighbours
                    changed = true
                }
            }
        }
        return refused
    }

    /// True for a convolution with one input channel a group.
    private func isDepthwise(_ node: Node, in graph: Graph) -> Bool {
        guard let convolution = node.op as? Convolution, convolution.group > 1,
            let weights = node.input(1).flatMap({ graph[$0].constant })
        else { return false }
        return weights.rank > 1 && weights.shape[1] == 1
    }
}
