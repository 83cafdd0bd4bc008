public import ModelGraph

/// Everything with an integer form that data from a computing operator reach, through whatever lies between.
///
/// After PPQ's dispatcher of this name. More nodes become integer than with ``ConservativeDispatcher``, also such as
/// only float nodes read; that costs accuracy where it saves no time.
public struct AggressiveDispatcher: Dispatcher {
    public static let name = "aggressive"
    public static let summary = "everything with an integer form from the first product or convolution on"

    public init() {}

    public func refuse(_ candidates: [NodeID: QuantizationRule], in graph: Graph) throws -> [NodeID: FloatReason] {
        var reached: Set<NodeID> = []
        for id in try graph.executionOrder() {
            let isBehind = graph[id].inputs.contains { input in
                input.flatMap { graph.producer(of: $0) }.map(reached.contains) ?? false
            }
            if isBehind || candidates[id]?.kind == .computing { reached.insert(id) }
        }
        return candidates.filter { !reached.contains($0.key) }.mapValues { _ in .beforeProducts }
    }
}
