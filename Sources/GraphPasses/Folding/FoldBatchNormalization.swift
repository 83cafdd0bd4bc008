public import ModelGraph
internal import Operators
internal import TensorCore

/// Folds a BatchNormalization behind a convolution or matrix product into its weights.
///
/// The convolution then produces the value that the normalization produced.
public struct FoldBatchNormalization: GraphPass {
    public static let name = "fold BatchNormalization"

    public init() {}

    public func patch(for view: GraphView) -> GraphPatch? {
        var rewriting = Rewriting(Self.name, view)
        for id in view.order {
            let node = view.graph[id]
            guard let op = node.op as? BatchNormalization, let input = node.input(0),
                node.outputs.dropFirst().allSatisfy({ $0 == nil }),
                let linear = LinearNode(producing: input, for: id, view),
                let scale = parameter(1, of: node, linear, view), let bias = parameter(2, of: node, linear, view),
                let mean = parameter(3, of: node, linear, view), let variance = parameter(4, of: node, linear, view)
            else { continue }
            let factors = zip(scale, variance).map { $0 / ($1 + Double(op.epsilon)).squareRoot() }
            let shifts = linear.channelIndices.map { bias[$0] - mean[$0] * factors[$0] }
            _ = linear.fold(scale: factors, shift: shifts, of: id, view, into: &rewriting)
        }
        return rewriting.result
    }

    private func parameter(_ index: Int, of node: Node, _ linear: LinearNode, _ view: GraphView) -> [Double]? {
        guard let tensor = view.initializer(node, index), tensor.elementType == .float32,
            tensor.shape == [linear.channels]
        else { return nil }
        return tensor.elements(as: Float.self).map(Double.init)
    }
}

extension LinearNode {
    var channelIndices: Range<Int> { 0..<channels }
}
