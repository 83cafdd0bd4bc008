internal import GraphPasses
internal import ModelGraph
internal import Operators
internal import TensorCore

extension QuantizationPlan {
    /// The plan for storing constant weights in integers and nothing else.
    ///
    /// - Parameter isEligible: the reason against a node that could take part; `nil` when there is none.
    /// - Throws: `invalidArgument` for a scheme that has no such weights, `invalidModel` naming the initializer when a
    ///   weight is not finite.
    init(
        weightsOf graph: Graph, scheme: QuantizationScheme, excluding patterns: [NamePattern],
        refusing reason: (Node) -> FloatReason? = { _ in nil }
    ) throws {
        self.init()
        for id in graph.nodeIDs {
            let node = graph[id]
            let weights = Self.weightAxes(of: node, in: graph)
            if weights.isEmpty {
                floatReasons[id] = .noConstantWeights
            } else if let pattern = patterns.first(where: { $0.matches(node) }) {
                floatReasons[id] = .excluded(pattern: pattern.text)
            } else if let reason = reason(node) {
                floatReasons[id] = reason
            } else {
                let roles = node.inputs.indices.map { index -> QuantizationRule.InputRole in
                    weights[index].map { .weight(channelAxis: $0) } ?? .activation
                }
                setRule(QuantizationRule(.computing, inputs: roles, output: .free), of: id)
                for (index, axis) in weights {
                    let shape = node.input(index).flatMap { graph[$0].constant?.shape } ?? []
                    let (format, axis, block) = try scheme.storage(ofWeight: shape, channelAxis: axis)
                    self[.input(id, index)] = TensorQuantization(format: format, channelAxis: axis, blockSize: block)
                }
            }
        }
        try quantizeWeights(of: graph)
    }

    /// The inputs of a node that are constant weights, and the axes of their output channels.
    private static func weightAxes(of node: Node, in graph: Graph) -> [Int: Int] {
        let axes: [Int: Int]
        switch node.op {
        case let op as Gemm: axes = [1: op.transposesB ? 0 : 1]
        case is Convolution: axes = [1: 0]
        case is TransposedConvolution: axes = [1: 1]
        case is MatrixMultiplication:
            let isMatrix = node.input(1).flatMap { graph[$0].constant?.rank } == 2
            axes = isMatrix ? [1: 1] : [:]
        case is LongShortTermMemory, is GatedRecurrentUnit, is SimpleRecurrentNetwork: axes = [1: 1, 2: 1]
        default: axes = [:]
        }
        return axes.filter { index, _ in
            node.input(index).flatMap { graph[$0].constant }.map { $0.elementType == .float32 && $0.count > 0 } ?? false
        }
    }
}
