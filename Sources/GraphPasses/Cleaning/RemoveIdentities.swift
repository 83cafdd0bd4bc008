public import ModelGraph
internal import Operators
internal import TensorCore

/// Removes nodes that hand on their input as it is.
public struct RemoveIdentities: GraphPass {
    public static let name = "remove identities"

    public init() {}

    public func patch(for view: GraphView) -> GraphPatch? {
        var rewriting = Rewriting(Self.name, view)
        for id in view.order {
            let node = view.graph[id]
            guard isIdentity(node, view), let input = node.input(0), let output = node.outputs.first ?? nil else {
                continue
            }
            if !view.isResult(output) {
                guard rewriting.claim([id]) else { continue }
                rewriting.remove(id)
                rewriting.replaceUses(of: output, with: input)
            } else if let producer = view.graph.producer(of: input), !view.isResult(input),
                rewriting.claim([id, producer])
            {
                // The result's name belongs to the user, so the producer takes it over.
                rewriting.remove(id)
                rewriting.replace(producer) { $0.outputs = $0.outputs.map { $0 == input ? output : $0 } }
                rewriting.replaceUses(of: input, with: output)
            }
        }
        return rewriting.result
    }

    private func isIdentity(_ node: Node, _ view: GraphView) -> Bool {
        guard let input = node.input(0), let output = node.outputs.first ?? nil,
            case .tensor(let from) = view.graph[input].type, case .tensor(let to) = view.graph[output].type,
            from.elementType == to.elementType, from.quantization == to.quantization
        else { return false }
        for case let further? in node.outputs.dropFirst() {
            guard view.consumers(of: further).isEmpty, !view.isResult(further) else { return false }
        }
        switch node.op {
        case is Identity: return true
        case let cast as Cast: return cast.to == from.elementType
        case is Dropout: return node.input(2) == nil || view.constant(node, 2)?.integers == [0]
        case is Concatenation: return node.inputs.count == 1
        case is Reshape, is Flatten, is Squeeze, is Unsqueeze, is Expansion: return hasSameShape(from, to)
        case let transpose as Transpose:
            guard let rank = from.shape?.count else { return false }
            return (transpose.permutation ?? Array((0..<rank).reversed())) == Array(0..<rank)
        case is Pad: return view.constant(node, 1)?.integers?.allSatisfy { $0 == 0 } == true
        case is Slice:
            guard node.input(4) == nil || view.constant(node, 4)?.integers?.allSatisfy({ $0 > 0 }) == true else {
                return false
            }
            return hasSameShape(from, to)
        default: return false
        }
    }

    private func hasSameShape(_ from: TensorType, _ to: TensorType) -> Bool {
        guard let shape = from.shape, shape == to.shape else { return false }
        return !shape.contains(.unknown)
    }
}
