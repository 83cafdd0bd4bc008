public import ModelGraph
internal import TensorCore

extension QuantizationPlan {
    /// Gives every bias its parameters, once those of the input and the weights are known.
    ///
    /// Where the unit of a bias would be so small that the bias or its sum with the products could leave int32, the
    /// weight's scale is enlarged as far as needed, unless its codes have been chosen already.
    /// - Throws: `invalidModel` naming the initializer when a bias is not finite.
    public mutating func propagateToBiases(of graph: Graph) throws {
        for node in integerNodes {
            guard let roles = rules[node]?.inputs, let index = roles.firstIndex(of: .bias),
                let value = graph[node].input(index), let weight = graph[node].input(1).flatMap({ graph[$0].constant }),
                let input = parameters(of: .input(node, 0)), let inputScale = input.scales.first
            else { continue }
            let slot = TensorSlot.input(node, index)
            let weightSlot = TensorSlot.input(node, 1)
            guard var entry = self[slot], entry.state == .passive, var weightEntry = self[weightSlot],
                var weightParameters = weightEntry.parameters
            else { continue }
            let bias: Tensor? =
                if case .values(let values)? = entry.replacement { values } else { graph[value].constant }
            guard let bias, let values = bias.floats else { continue }
            if let bad = values.firstIndex(where: { !$0.isFinite }) {
                throw OctetError(
                    .invalidModel, "initializer '\(graph[value].name)': element \(bad) is not finite",
                    node: graph[node].name, operatorName: graph[node].op.name, expected: "finite numbers",
                    found: "\(values[bad])")
            }
            if weightEntry.replacement?.isCodes != true {
                let channels = max(1, values.count)
                weightParameters.scales = BiasParameters.safeWeightScales(
                    weightParameters.scales, inputScale: inputScale, bias: values, depth: weight.count / channels)
                weightEntry.parameters = weightParameters
                self[weightSlot] = weightEntry
            }
            entry.parameters = BiasParameters.parameters(inputScale: inputScale, weight: weightParameters)
            self[slot] = entry
        }
    }
}

extension TensorQuantization.Replacement {
    var isCodes: Bool {
        if case .codes = self { true } else { false }
    }
}
