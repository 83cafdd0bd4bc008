public import ModelGraph

/// What lies on paths of integer operators from one computing operator to another, the two included.
///
/// After PPQ's dispatcher for PPLNN, a runtime in which changing between float and integers is expensive: a computing
/// operator between float neighbours stays float as well.
public struct PathDispatcher: Dispatcher {
    public static let name = "pplnn"
    public static let summary = "only paths of integer operators from one product or convolution to another"

    public init() {}

    public func refuse(_ candidates: [NodeID: QuantizationRule], in graph: Graph) throws -> [NodeID: FloatReason] {
        let order = try graph.executionOrder()
        let consumers = graph.consumers()
        func isComputing(_ id: NodeID) -> Bool { candidates[id]?.kind == .computing }
        var behind: Set<NodeID> = []
        for id in order where candidates[id] != nil {
            let producers = graph[id].inputs.compactMap { $0.flatMap { graph.producer(of: $0) } }
            if producers.contains(where: { isComputing($0) || behind.contains($0) }) { behind.insert(id) }
        }
        var before: Set<NodeID> = []
        for id in order.reversed() where candidates[id] != nil {
            let readers = graph[id].outputs.compactMap(\.self).flatMap { consumers[$0] }
            if readers.contains(where: { isComputing($0) || before.contains($0) }) { before.insert(id) }
        }
        return candidates.keys.reduce(into: [:]) { refused, id in
            let isOnPath =
                isComputing(id)
                ? behind.contains(id) || before.contains(id) : behind.contains(id) && before.contains(id)
            if !isOnPath { refused[id] = .onNoPath }
        }
    }
}
