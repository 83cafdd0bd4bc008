internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let reductionRows: [OnnxOperatorRow] = [
        reductionRow(ReduceMean.self), reductionRow(ReduceSum.self, axesInputSince: 13), reductionRow(ReduceMax.self),
        reductionRow(ReduceMin.self), reductionRow(ReduceProd.self), reductionRow(ReduceL1.self),
        reductionRow(ReduceL2.self), reductionRow(ReduceSumSquare.self), reductionRow(ReduceLogSum.self),
        reductionRow(ReduceLogSumExp.self), argumentRow(ArgMax.self), argumentRow(ArgMin.self),
        cumulationRow(CumulativeSum.self), cumulationRow(CumulativeProduct.self),
    ]

    private static func reductionRow<Op: Reduction>(
        _ type: Op.Type, axesInputSince firstVersion: Int = 18
    ) -> OnnxOperatorRow {
        OnnxOperatorRow(Op.name, type) { node in
            if node.version < firstVersion { try node.moveIntsToInput("axes", 1) }
            return Op(
                keepsDimensions: try node.takeFlag("keepdims") ?? true,
                emptyAxesReduceNothing: try node.takeFlag("noop_with_empty_axes") ?? false)
        } write: { op, node in
            node.put("keepdims", op.keepsDimensions, unless: true)
            node.put("noop_with_empty_axes", op.emptyAxesReduceNothing, unless: false)
            if op.emptyAxesReduceNothing || node.inputs.count > 1 && node.constantInput(1) == nil {
                node.requireVersion(firstVersion)
            } else if node.version < firstVersion {
                try node.moveInputToInts(1, "axes")
            }
        }
    }

    private static func cumulationRow<Op: Cumulation>(_ type: Op.Type) -> OnnxOperatorRow {
        OnnxOperatorRow(Op.name, type) { node in
            Op(
                isExclusive: try node.takeFlag("exclusive") ?? false,
                isReversed: try node.takeFlag("reverse") ?? false)
        } write: { op, node in
            node.put("exclusive", op.isExclusive, unless: false)
            node.put("reverse", op.isReversed, unless: false)
        }
    }

    private static func argumentRow<Op: ArgumentReduction>(_ type: Op.Type) -> OnnxOperatorRow {
        OnnxOperatorRow(Op.name, type) { node in
            Op(
                axis: try node.takeInt("axis") ?? 0, keepsDimensions: try node.takeFlag("keepdims") ?? true,
                selectsLast: try node.takeFlag("select_last_index") ?? false)
        } write: { op, node in
            node.put("axis", op.axis, unless: 0)
            node.put("keepdims", op.keepsDimensions, unless: true)
            node.put("select_last_index", op.selectsLast, unless: false)
            if op.selectsLast { node.requireVersion(12) }
        }
    }
}
