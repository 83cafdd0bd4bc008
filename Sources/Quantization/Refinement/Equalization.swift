internal import ModelGraph
internal import Operators
internal import TensorCore

/// Scales the channels between two convolutions so that their weights have alike ranges on either side (M. Nagel et
/// al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019).
///
/// Relu lets a positive factor through. A clip with an upper bound does so only where the bound is not reached: a
/// channel that reaches it on the calibration samples keeps its scale, the others grow at most as far as the bound. So
/// the function is the same on what was measured.
struct Equalization {
    private struct Pair {
        var first: NodeID
        var second: NodeID
        /// What the first convolution gives, before any clamp.
        var between: ValueID
        var bound: Float?
        var isDepthwise: Bool
    }

    private let graph: Graph
    private var pairs: [Pair] = []
    /// The largest element of each channel of the values between.
    private var maxima: [ValueID: [Float]] = [:]

    init(_ graph: Graph) {
        self.graph = graph
        let consumers = graph.consumers()
        let results = Set(graph.outputs)
        for first in graph.nodeIDs where weights(of: first, consumers) != nil {
            guard let between = graph[first].outputs.first ?? nil, !results.contains(between) else { continue }
            var value = between
            var bound: Float?
            if let next = onlyReader(of: value, consumers, results), let limit = clamp(graph[next]),
                let output = graph[next].outputs.first ?? nil
            {
                value = output
                bound = limit.isFinite ? limit : nil
            }
            guard let second = onlyReader(of: value, consumers, results), graph[second].input(0) == value,
                let op = graph[second].op as? Convolution, let own = weights(of: first, consumers),
                let other = weights(of: second, consumers)
            else { continue }
            let isDepthwise = op.group == own.shape[0] && other.shape[0] == op.group && other.shape[1] == 1
            guard isDepthwise || op.group == 1 else { continue }
            pairs.append(
                Pair(first: first, second: second, between: between, bound: bound, isDepthwise: isDepthwise))
        }
    }

    var isEmpty: Bool { pairs.isEmpty }

    /// Finds how far the channels reach.
    mutating func measure(
        _ samples: CalibrationSamples, indices: [Int], executor: any Executor, progress: () -> Void
    ) throws {
        var run = CalibrationRun(graph, keeping: Set(pairs.map(\.between)), executor: executor)
        for index in indices {
            _ = try run.run(index, of: samples) { value, tensor in
                let found = try ChannelExtremes(of: tensor, axis: 1).maxima
                maxima[value] = maxima[value].map { zip($0, found).map(max) } ?? found
            }
            progress()
        }
    }

    /// The graph with scaled weights and biases. Pairs follow each other, so they are balanced several times over.
    func equalized() throws -> Graph {
        var result = graph
        var limits: [NodeID: [Float]] = [:]
        for pair in pairs {
            guard let bound = pair.bound, let reached = maxima[pair.between] else { continue }
            limits[pair.first] = reached.map { $0 >= bound * 0.999 ? 0 : $0 <= 0 ? .infinity : bound * 0.999 / $0 }
        }
        for _ in 0..<10 {
            for pair in pairs { balance(pair, &limits, in: &result) }
        }
        return result
    }

    private func balance(_ pair: Pair, _ limits: inout [NodeID: [Float]], in graph: inout Graph) {
        guard let firstID = graph[pair.first].input(1), let first = graph[firstID].constant,
            let secondID = graph[pair.second].input(1), let second = graph[secondID].constant,
            let own = try? ChannelExtremes(of: first, axis: 0).magnitudes,
            let next = try? ChannelExtremes(of: second, axis: pair.isDepthwise ? 0 : 1).magnitudes,
            let largest = own.max(), let nextLargest = next.max(), largest > 0, nextLargest > 0,
            own.count == next.count
        else { return }
        var factors = zip(own, next).map { a, b -> Float in
            guard a > 0, b > 0 else { return 1 }
            return ((b / nextLargest) / (a / largest)).squareRoot()
        }
        if let limit = limits[pair.first] {
            for channel in factors.indices {
                factors[channel] = limit[channel] == 0 ? 1 : min(factors[channel], limit[channel])
            }
            limits[pair.first] = zip(limit, factors).map { $0 == 0 ? 0 : $0 / $1 }
        }
        graph[firstID].constant = scaled(first, along: 0, by: factors)
        if let biasID = graph[pair.first].input(2), let bias = graph[biasID].constant {
            graph[biasID].constant = scaled(bias, along: 0, by: factors)
        }
        graph[secondID].constant = scaled(second, along: pair.isDepthwise ? 0 : 1, by: factors.map { 1 / $0 })
    }

    private func scaled(_ tensor: Tensor, along axis: Int, by factors: [Float]) -> Tensor {
        var values = tensor.elements(as: Float.self)
        let inner = tensor.shape[(axis + 1)...].reduce(1, *)
        for index in values.indices { values[index] *= factors[index / inner % factors.count] }
        return Tensor(values, shape: tensor.shape)
    }

    /// The weights of a convolution that is the only one to read them and its bias.
    private func weights(of node: NodeID, _ consumers: Consumers) -> Tensor? {
        guard graph[node].op is Convolution, let id = graph[node].input(1), consumers[id].count == 1,
            let weights = graph[id].constant, weights.elementType == .float32, weights.rank == 4
        else { return nil }
        if let bias = graph[node].input(2) {
            guard consumers[bias].count == 1, graph[bias].constant?.elementType == .float32 else { return nil }
        }
        return weights
    }

    private func onlyReader(
        of value: ValueID, _ consumers: Consumers, _ results: Set<ValueID>
    ) -> NodeID? {
        let readers = consumers[value]
        return readers.count == 1 && !results.contains(value) ? readers.first : nil
    }

    /// The upper bound of a clamp from 0: infinite for Relu; `nil` for anything else.
    private func clamp(_ node: Node) -> Float? {
        if node.op is Relu { return .infinity }
        guard node.op is Clip, let low = node.input(1).flatMap({ graph[$0].constant?.floats?.first }), low == 0 else {
            return nil
        }
        guard let high = node.input(2) else { return .infinity }
        return graph[high].constant?.floats?.first
    }
}
