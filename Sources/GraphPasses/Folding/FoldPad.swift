public import ModelGraph
internal import Operators
internal import TensorCore

/// Folds a Pad with zeros along spatial axes into the padding of the convolution or average pool behind it.
public struct FoldPad: GraphPass {
    public static let name = "fold Pad"

    public init() {}

    public func patch(for view: GraphView) -> GraphPatch? {
        var rewriting = Rewriting(Self.name, view)
        for id in view.order {
            let pad = view.graph[id]
            guard let op = pad.op as? Pad, op.mode == .constant, let output = pad.outputs.first ?? nil,
                let target = view.onlyConsumer(of: output), view.graph[target].input(0) == output,
                let input = pad.input(0), let amounts = spatialPadding(of: pad, view),
                let padded = padding(view.graph[target].op, by: amounts), rewriting.claim([id, target])
            else { continue }
            rewriting.remove(id)
            rewriting.replace(target) { node in
                node.op = padded
                node.inputs[0] = input
            }
        }
        return rewriting.result
    }

    /// All begins, then all ends, of the spatial axes; `nil` when anything else is padded, cut, or filled with other
    /// numbers than 0.
    private func spatialPadding(of pad: Node, _ view: GraphView) -> [Int]? {
        guard let rank = view.rank(of: pad.input(0)), rank > 2, let amounts = view.constant(pad, 1)?.integers else {
            return nil
        }
        if pad.input(2) != nil, view.constant(pad, 2)?.floats?.allSatisfy({ $0 == 0 }) != true { return nil }
        var axes = Array(0..<rank)
        if pad.input(3) != nil {
            guard let given = view.constant(pad, 3)?.integers else { return nil }
            axes = given.map { $0 < 0 ? $0 + rank : $0 }
        }
        guard amounts.count == 2 * axes.count, amounts.allSatisfy({ $0 >= 0 && $0 < 1 << 30 }) else { return nil }
        var result = Array(repeating: 0, count: 2 * (rank - 2))
        for (index, axis) in axes.enumerated() {
            let (begin, end) = (amounts[index], amounts[axes.count + index])
            if axis < 2 {
                guard begin == 0, end == 0 else { return nil }
            } else {
                result[axis - 2] = begin
                result[rank - 2 + axis - 2] = end
            }
        }
        return result
    }

    private func padding(_ op: any Operator, by amounts: [Int]) -> (any Operator)? {
        switch op {
        case var convolution as Convolution:
            guard let own = explicitPadding(convolution.window, count: amounts.count) else { return nil }
            convolution.window.padding = .explicit(zip(own, amounts).map { $0 + $1 })
            return convolution
        case var pool as AveragePool:
            guard !pool.ceilMode, let own = explicitPadding(pool.window, count: amounts.count),
                pool.countsPadding || own.allSatisfy({ $0 == 0 })
            else { return nil }
            pool.window.padding = .explicit(zip(own, amounts).map { $0 + $1 })
            pool.countsPadding = true
            return pool
        default: return nil
        }
    }

    private func explicitPadding(_ window: SpatialWindow, count: Int) -> [Int]? {
        switch window.padding {
        case .valid, .explicit(nil): Array(repeating: 0, count: count)
        case .explicit(let pads?): pads.count == count ? pads : nil
        case .sameUpper, .sameLower: nil
        }
    }
}
