public import ModelGraph
internal import Operators
internal import TensorCore

/// Folds sums, differences, products and quotients with a constant per output channel into the convolution or matrix
/// product before them, a separate bias among them.
public struct FoldChannelArithmetic: GraphPass {
    public static let name = "fold channel arithmetic"

    public init() {}

    public func patch(for view: GraphView) -> GraphPatch? {
        var rewriting = Rewriting(Self.name, view)
        for id in view.order {
            let node = view.graph[id]
            guard node.inputs.count == 2, isArithmetic(node.op) else { continue }
            for (data, constant) in [(0, 1), (1, 0)] {
                guard let input = node.input(data), let tensor = view.initializer(node, constant),
                    let linear = LinearNode(producing: input, for: id, view),
                    let values = perChannel(tensor, linear),
                    let (scale, shift) = affine(node.op, values, dataIsFirst: data == 0)
                else { continue }
                _ = linear.fold(scale: scale, shift: shift, of: id, view, into: &rewriting)
                break
            }
        }
        return rewriting.result
    }

    private func isArithmetic(_ op: any Operator) -> Bool {
        op is Addition || op is Subtraction || op is Multiplication || op is Division
    }

    /// One number for each channel, if the constant broadcasts along the channels and nothing else.
    private func perChannel(_ tensor: Tensor, _ linear: LinearNode) -> [Double]? {
        guard tensor.elementType == .float32, tensor.rank <= linear.rank else { return nil }
        let shape = Array(repeating: 1, count: linear.rank - tensor.rank) + tensor.shape
        let values = tensor.elements(as: Float.self).map(Double.init)
        if values.count == 1 { return Array(repeating: values[0], count: linear.channels) }
        let fits = shape.indices.allSatisfy { shape[$0] == ($0 == linear.channelAxis ? linear.channels : 1) }
        return fits ? values : nil
    }

    private func affine(
        _ op: any Operator, _ values: [Double], dataIsFirst: Bool
    ) -> (scale: [Double], shift: [Double])? {
        let ones = Array(repeating: 1.0, count: values.count)
        let zeros = Array(repeating: 0.0, count: values.count)
        switch op {
        case is Addition: return (ones, values)
        case is Subtraction: return dataIsFirst ? (ones, values.map { -$0 }) : (ones.map { -$0 }, values)
        case is Multiplication: return (values, zeros)
        case is Division: return dataIsFirst ? (values.map { 1 / $0 }, zeros) : nil
        default: return nil
        }
    }
}
