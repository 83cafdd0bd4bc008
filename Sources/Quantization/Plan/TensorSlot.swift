public import ModelGraph

/// A place where a node touches a tensor: one of its inputs or one of its outputs.
///
/// A value has one slot where it is produced and one for each use, so that two consumers of a value may be quantized
/// differently.
public struct TensorSlot: Sendable, Hashable {
    public enum Port: Sendable, Hashable {
        case input(Int)
        case output(Int)
    }

    public let node: NodeID
    public let port: Port

    public static func input(_ node: NodeID, _ index: Int) -> TensorSlot { TensorSlot(node: node, port: .input(index)) }
    public static func output(_ node: NodeID, _ index: Int) -> TensorSlot {
        TensorSlot(node: node, port: .output(index))
    }

    /// The value that lies in this slot; `nil` where an optional one is left out.
    public func value(in graph: Graph) -> ValueID? {
        switch port {
        case .input(let index): graph[node].input(index)
        case .output(let index): graph[node].outputs.indices.contains(index) ? graph[node].outputs[index] : nil
        }
    }
}

extension TensorSlot: Comparable {
    /// By node; inputs come before outputs.
    public static func < (left: TensorSlot, right: TensorSlot) -> Bool {
        left.order < right.order
    }

    private var order: (Int, Int, Int) {
        switch port {
        case .input(let index): (node.index, 0, index)
        case .output(let index): (node.index, 1, index)
        }
    }
}
