internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let poolingRows: [OnnxOperatorRow] = [
        OnnxOperatorRow("MaxPool", MaxPool.self) { node in
            MaxPool(
                window: try node.takeWindow(), ceilMode: try node.takeFlag("ceil_mode") ?? false,
                indicesAreColumnMajor: try node.takeFlag("storage_order") ?? false)
        } write: { op, node in
            node.putWindow(op.window)
            node.put("ceil_mode", op.ceilMode, unless: false)
            node.put("storage_order", op.indicesAreColumnMajor, unless: false)
            if op.ceilMode || op.window.dilations != nil { node.requireVersion(10) }
        },
        OnnxOperatorRow("AveragePool", AveragePool.self) { node in
            AveragePool(
                window: try node.takeWindow(), ceilMode: try node.takeFlag("ceil_mode") ?? false,
                countsPadding: try node.takeFlag("count_include_pad") ?? false)
        } write: { op, node in
            node.putWindow(op.window)
            node.put("ceil_mode", op.ceilMode, unless: false)
            node.put("count_include_pad", op.countsPadding, unless: false)
            if op.ceilMode { node.requireVersion(10) }
            if op.window.dilations != nil { node.requireVersion(19) }
        },
        OnnxOperatorRow("LpPool", LpPool.self) { node in
            LpPool(
                window: try node.takeWindow(), order: try node.takeInt("p") ?? 2,
                ceilMode: try node.takeFlag("ceil_mode") ?? false)
        } write: { op, node in
            node.putWindow(op.window)
            node.put("p", op.order, unless: 2)
            node.put("ceil_mode", op.ceilMode, unless: false)
            if op.ceilMode || op.window.dilations != nil { node.requireVersion(18) }
        },
        plain { GlobalAveragePool() },
        plain { GlobalMaxPool() },
    ]
}
