public import ModelGraph
internal import Operators
internal import TensorCore

/// Lets a Reshape read what an operator before it that only renames axes has read.
public struct MergeReshapes: GraphPass {
    public static let name = "merge Reshapes"

    public init() {}

    public func patch(for view: GraphView) -> GraphPatch? {
        var rewriting = Rewriting(Self.name, view)
        for id in view.order {
            let node = view.graph[id]
            guard let second = node.op as? Reshape, let middle = node.input(0), let shapeID = node.input(1),
                let target = view.constant(node, 1)?.integers, let producer = view.graph.producer(of: middle),
                view.graph[producer].op is any Reinterpretation, let input = view.graph[producer].input(0)
            else { continue }
            var newShape: Tensor?
            if !second.allowsZero && target.contains(0) {
                // A 0 copies an extent of the value in the middle, which the new input does not have.
                guard let fixed = view.fixedShape(of: node.outputs.first ?? nil), !fixed.contains(0) else { continue }
                newShape = Tensor(fixed.map(Int64.init), shape: [fixed.count])
            }
            guard rewriting.claim([id, producer]) else { continue }
            if view.onlyConsumer(of: middle) == id { rewriting.remove(producer) }
            let shape = newShape.map { rewriting.addConstant(like: shapeID, "fixed", $0) } ?? shapeID
            rewriting.replace(id) { $0.inputs = [input, shape] }
        }
        return rewriting.result
    }
}
