internal import ModelGraph
internal import TensorCore

/// Takes out of every layer the shift of its mean that quantizing its weights and its input causes (M. Nagel et al.,
/// Data-Free Quantization Through Weight Equalization and Bias Correction, 2019, in its empirical form).
///
/// For each output channel the mean over samples and positions of the float layer less that of the layer with rounded
/// weights on the rounded input goes into the bias. As the layers are linear, the means of their inputs' patches say it.
/// Every layer is measured on the float network's values, so that one pass serves all: the layers before have their own
/// shift taken out by themselves.
enum BiasCorrection {
    /// Puts the corrected biases into the plan.
    /// - Parameter plan: with the parameters of all activations and weights.
    static func apply(_ statistics: LayerStatistics, to plan: inout QuantizationPlan, of graph: Graph) throws {
        for measured in statistics.all {
            let node = measured.layer.node
            guard let index = plan.rules[node]?.inputs.firstIndex(of: .bias),
                let value = graph[node].input(index), let bias = graph[value].constant, let values = bias.floats,
                let weights = graph[node].input(1).flatMap({ graph[$0].constant }),
                let entry = plan[.input(node, 1)], let parameters = entry.parameters
            else { continue }
            let form = Baker.Form(elementType: entry.format.elementType, parameters: parameters)
            let rounded = try ConstantCodes.reals(of: ConstantCodes.codes(of: weights, entry, form))
            let shift = shift(measured, weights: weights, rounded: rounded)
            guard values.count == shift.count else { continue }
            let corrected = zip(values, shift).map { Float(Double($0) + $1) }
            guard corrected.allSatisfy(\.isFinite) else { continue }
            plan[.input(node, index)]?.replacement = .values(Tensor(corrected, shape: bias.shape))
        }
    }

    /// What each output channel has to be given back.
    private static func shift(_ measured: LayerStatistics.Layer, weights: Tensor, rounded: Tensor) -> [Double] {
        let layer = measured.layer
        let real = layer.rows(of: weights)
        let found = layer.rows(of: rounded)
        return (0..<layer.groups * layer.channels).map { channel in
            let mean = channel / layer.channels * layer.depth
            var sum = 0.0
            for index in 0..<layer.depth {
                sum += Double(real[channel * layer.depth + index]) * measured.real[mean + index]
                sum -= Double(found[channel * layer.depth + index]) * measured.rounded[mean + index]
            }
            return sum / measured.positions
        }
    }
}
