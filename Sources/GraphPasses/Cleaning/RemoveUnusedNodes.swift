public import ModelGraph

/// Removes nodes whose outputs nobody reads.
public struct RemoveUnusedNodes: GraphPass {
    public static let name = "remove unused nodes"

    public init() {}

    public func patch(for view: GraphView) -> GraphPatch? {
        var rewriting = Rewriting(Self.name, view)
        var needed = Set<NodeID>()
        for id in view.order.reversed() {
            let isUsed = view.graph[id].outputs.contains { output in
                guard let output else { return false }
                return view.isResult(output) || view.consumers(of: output).contains { needed.contains($0) }
            }
            if isUsed {
                needed.insert(id)
            } else if rewriting.claim([id]) {
                rewriting.remove(id)
            }
        }
        return rewriting.result
    }
}
