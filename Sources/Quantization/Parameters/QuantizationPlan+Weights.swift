public import ModelGraph
internal import TensorCore

extension QuantizationPlan {
    /// Gives every weight the parameters that follow from its contents.
    ///
    /// A channel of zeros gets the largest scale of the other channels: its own would be arbitrary, and its bias is
    /// stored in units of it.
    /// - Throws: `invalidModel` naming the initializer when a weight is not finite.
    public mutating func quantizeWeights(of graph: Graph) throws {
        for (slot, value) in weights(of: graph) {
            guard var entry = self[slot], entry.state == .initial, let constant = graph[value].constant else {
                continue
            }
            let contents: Tensor
            switch entry.replacement {
            case .values(let values)?: contents = values
            case .codes?: continue
            case nil: contents = constant
            }
            do {
                entry.parameters = try Self.weightParameters(
                    of: contents, format: entry.format, axis: entry.channelAxis, blockSize: entry.blockSize)
            } catch let error as OctetError {
                throw error.named("initializer '\(graph[value].name)'").at(
                    node: graph[slot.node].name, operatorName: graph[slot.node].op.name)
            }
            entry.state = .active
            self[slot] = entry
        }
    }

    /// The slots with the role of a weight, and what lies in them.
    public func weights(of graph: Graph) -> [(slot: TensorSlot, value: ValueID)] {
        integerNodes.flatMap { node in
            (rules[node]?.inputs ?? []).enumerated().compactMap { index, role in
                guard case .weight = role, let value = graph[node].input(index) else { return nil }
                return (.input(node, index), value)
            }
        }
    }

    private static func weightParameters(
        of tensor: Tensor, format: IntegerFormat, axis: Int?, blockSize: Int?
    ) throws -> QuantizationParameters {
        let extremes = try ChannelExtremes(of: tensor, axis: axis, blockSize: blockSize)
        let magnitudes = extremes.magnitudes
        var parameters = zip(extremes.minima, extremes.maxima).map { format.parameters(for: $0...$1) }
        let used = magnitudes.indices.filter { magnitudes[$0] > 0 }
        if let largest = used.map({ parameters[$0].scale }).max() {
            for channel in magnitudes.indices where magnitudes[channel] == 0 { parameters[channel].scale = largest }
        }
        return QuantizationParameters(
            scales: parameters.map(\.scale), zeroPoints: parameters.map(\.zeroPoint), axis: axis,
            blockSize: blockSize)
    }
}
