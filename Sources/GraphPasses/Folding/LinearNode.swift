internal import ModelGraph
internal import Operators
internal import TensorCore

/// A convolution or matrix product with constant weights: what a scale and a shift of its output channels fold into.
struct LinearNode {
    private let id: NodeID
    private let weights: Tensor
    /// The axis of the weights that runs along the output's channels, whatever the group.
    private let layout: Layout
    private let bias: Tensor?
    /// The output's channels and the axis they lie on, counted from the front of `rank` axes.
    let channels: Int
    let channelAxis: Int
    let rank: Int

    private enum Layout {
        /// Blocks of the weights, each `inner` long, belong to channels 0, 1, … and again from 0.
        case periodic(inner: Int)
        /// Transposed convolution with groups: (C, M/group, kernel…).
        case grouped(inputsPerGroup: Int, outputsPerGroup: Int, inner: Int)
    }

    /// The node that produces `value` if it is linear, its weights and bias are float32 constants, and nobody but
    /// `consumer` sees its output.
    init?(producing value: ValueID, for consumer: NodeID, _ view: GraphView) {
        guard let id = view.graph.producer(of: value), view.onlyConsumer(of: value) == consumer else { return nil }
        let node = view.graph[id]
        guard let weights = view.initializer(node, 1), weights.elementType == .float32, weights.quantization == nil,
            weights.rank >= 2
        else { return nil }
        var bias: Tensor?
        if node.input(2) != nil {
            guard let constant = view.initializer(node, 2), constant.elementType == .float32,
                constant.quantization == nil
            else { return nil }
            bias = constant
        }
        let shape = weights.shape
        switch node.op {
        case is Convolution:
            channels = shape[0]
            layout = .periodic(inner: shape.dropFirst().reduce(1, *))
            channelAxis = 1
            rank = weights.rank
        case let op as TransposedConvolution:
            guard op.group >= 1, shape[0] % op.group == 0 else { return nil }
            channels = shape[1] * op.group
            layout = .grouped(
                inputsPerGroup: shape[0] / op.group, outputsPerGroup: shape[1],
                inner: shape.dropFirst(2).reduce(1, *))
            channelAxis = 1
            rank = weights.rank
        case let op as Gemm where op.alpha == 1 && op.beta == 1:
            channels = shape[op.transposesB ? 0 : 1]
            layout = .periodic(inner: op.transposesB ? shape[1] : 1)
            channelAxis = 1
            rank = 2
        default: return nil
        }
        if let bias, bias.shape != [channels] { return nil }
        self.id = id
        self.weights = weights
        self.bias = bias
    }

    /// Puts `scale · output + shift`, channel by channel, into the node, which then produces the consumer's output.
    ///
    /// Computed in binary64, each weight and bias rounded once.
    /// - Returns: false, with nothing done, when a result is not finite or the nodes are taken.
    func fold(
        scale: [Double], shift: [Double], of consumer: NodeID, _ view: GraphView, into rewriting: inout Rewriting
    ) -> Bool {
        let oldBias = bias?.elements(as: Float.self) ?? Array(repeating: 0, count: channels)
        let newBias = (0..<channels).map { Float(Double(oldBias[$0]) * scale[$0] + shift[$0]) }
        var newWeights = weights.elements(as: Float.self)
        var isFinite = newBias.allSatisfy(\.isFinite)
        if scale.contains(where: { $0 != 1 }) {
            scaleWeights(&newWeights, scale)
            isFinite = isFinite && newWeights.allSatisfy(\.isFinite)
        }
        guard isFinite, let result = view.graph[consumer].outputs.first ?? nil,
            let weightID = view.graph[id].input(1), rewriting.claim([id, consumer])
        else { return false }
        var inputs = view.graph[id].inputs
        if scale.contains(where: { $0 != 1 }) {
            let tensor = Tensor(newWeights, shape: weights.shape)
            inputs[1] = put(tensor, inPlaceOf: weightID, "folded", view, &rewriting)
        }
        let biasTensor = Tensor(newBias, shape: [channels])
        if let old = view.graph[id].input(2) {
            inputs[2] = put(biasTensor, inPlaceOf: old, "folded", view, &rewriting)
        } else {
            inputs = Array(inputs.prefix(2)) + [rewriting.addConstant(like: weightID, "bias", biasTensor)]
        }
        rewriting.remove(consumer)
        rewriting.replace(id) { node in
            node.inputs = inputs
            node.outputs = [result]
        }
        return true
    }

    /// Contents for a constant that only this node reads; otherwise a new constant beside it.
    private func put(
        _ tensor: Tensor, inPlaceOf value: ValueID, _ suffix: String, _ view: GraphView, _ rewriting: inout Rewriting
    ) -> ValueID {
        if view.onlyConsumer(of: value) == id {
            rewriting.makeConstant(value, tensor)
            return value
        }
        return rewriting.addConstant(like: value, suffix, tensor)
    }

    private func scaleWeights(_ weights: inout [Float], _ scale: [Double]) {
        func channel(_ index: Int) -> Int {
            switch layout {
            case .periodic(let inner): return index / inner % channels
            case .grouped(let inputsPerGroup, let outputsPerGroup, let inner):
                let block = index / inner
                return block / outputsPerGroup / inputsPerGroup * outputsPerGroup + block % outputsPerGroup
            }
        }
        for index in weights.indices { weights[index] = Float(Double(weights[index]) * scale[channel(index)]) }
    }
}
