internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let normalizationRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("BatchNormalization", BatchNormalization.self) { node in
            guard try node.takeFlag("training_mode") != true, node.outputs.dropFirst().allSatisfy(\.isEmpty) else {
                throw node.unsupported("BatchNormalization in training mode is not known")
            }
            guard try node.takeFlag("spatial") != false else {
                throw node.unsupported("BatchNormalization with 'spatial' 0 is not known")
            }
            _ = try node.takeFloat("momentum")
            return BatchNormalization(epsilon: try node.takeFloat("epsilon") ?? 1e-5)
        } write: { op, node in
            node.attributes["epsilon"] = .float(op.epsilon)
        },
        softmaxRow(Softmax.self), softmaxRow(LogSoftmax.self), softmaxRow(Hardmax.self),
    ]

    private static func softmaxRow<Op: SoftmaxOperator>(_ type: Op.Type) -> OnnxOperatorRow {
        OnnxOperatorRow(Op.name, type) { node in
            Op(axis: try node.takeInt("axis") ?? (node.version < 13 ? 1 : -1), flattens: node.version < 13)
        } write: { op, node in
            node.attributes["axis"] = .int(op.axis)
            let flattens = node.version < 13
            guard op.flattens != flattens, !isAlongOneAxis(op.axis, node.inputTypes.first ?? nil) else { return }
            guard flattens else {
                throw node.unsupported("\(Op.name) over several axes at once does not exist after operator set 12")
            }
            node.requireVersion(13)
        }
    }

    /// True when all axes behind `axis` have extent 1, so that flattening them changes nothing.
    private static func isAlongOneAxis(_ axis: Int, _ type: TensorType?) -> Bool {
        if axis == -1 { return true }
        guard let shape = type?.shape else { return false }
        let first = axis < 0 ? axis + shape.count : axis
        return shape.dropFirst(first + 1).allSatisfy { $0 == 1 }
    }
}
