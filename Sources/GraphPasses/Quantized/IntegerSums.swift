public import ModelGraph
internal import Operators

/// Which operators can take integers and give their sums as reals, without rounding them to 8 bits.
public enum IntegerSums {
    /// True for products with constant weights other than depthwise convolutions, whose few products a sum would make
    /// the wider output cost more than the integers save.
    /// - Parameter rule: the node's own.
    public static func give(reals node: Node, _ rule: QuantizationRule) -> Bool {
        guard rule.kind == .computing, rule.inputs.count > 1, case .weight = rule.inputs[1] else { return false }
        if let convolution = node.op as? Convolution { return convolution.group == 1 }
        return node.op is Gemm || node.op is MatrixMultiplication
    }
}
