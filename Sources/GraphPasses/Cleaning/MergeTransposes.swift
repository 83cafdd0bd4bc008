public import ModelGraph
internal import Operators

/// Makes one Transpose of two in a row.
public struct MergeTransposes: GraphPass {
    public static let name = "merge Transposes"

    public init() {}

    public func patch(for view: GraphView) -> GraphPatch? {
        var rewriting = Rewriting(Self.name, view)
        for id in view.order {
            let node = view.graph[id]
            guard let second = node.op as? Transpose, let middle = node.input(0),
                let producer = view.graph.producer(of: middle), let first = view.graph[producer].op as? Transpose,
                let input = view.graph[producer].input(0), let rank = view.rank(of: middle)
            else { continue }
            let reversed = Array((0..<rank).reversed())
            let inner = first.permutation ?? reversed
            let outer = second.permutation ?? reversed
            guard inner.count == rank, outer.count == rank, rewriting.claim([id, producer]) else { continue }
            if view.onlyConsumer(of: middle) == id { rewriting.remove(producer) }
            rewriting.replace(id) { node in
                node.op = Transpose(permutation: outer.map { inner[$0] })
                node.inputs = [input]
            }
        }
        return rewriting.result
    }
}
