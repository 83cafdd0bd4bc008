internal import ModelGraph
internal import TensorCore

/// Takes out of every layer the shift of its mean that quantizing its weights and its input causes (M. Nagel et al.,
/// Data-Free Quantization Through Weight Equalization and Bias Correction, 2019, in its empirical form).
///
/// For each output channel the mean over samples and positions of the float layer less that of the layer with rounded
/// weights on the rounded input goes into the bias. Every layer is measured on the float network's values, so that one
/// pass serves all: the layers before have their own shift taken out by themselves.
struct BiasCorrection {
    private struct Layer {
        var node: NodeID
        var input: FakeQuantization
        var float: LayerProbe
        var rounded: LayerProbe
        var channelAxis: Int
        var shift: [Double] = []
        var positions = 0.0
    }

    private let graph: Graph
    private var layers: [ValueID: [Layer]] = [:]

    /// - Parameter plan: with the parameters of all activations and weights.
    init(_ graph: Graph, plan: QuantizationPlan, executor: any Executor) throws {
        self.graph = graph
        for node in plan.integerNodes {
            guard let roles = plan.rules[node]?.inputs, let index = roles.firstIndex(of: .bias),
                graph[node].input(index) != nil, let value = graph[node].input(0), graph[value].constant == nil,
                let weights = graph[node].input(1).flatMap({ graph[$0].constant }),
                let weightEntry = plan[.input(node, 1)], let weightParameters = weightEntry.parameters,
                let entry = plan[plan.dominator(of: .input(node, 0))], let parameters = entry.parameters,
                let scale = parameters.scales.first, let zeroPoint = parameters.zeroPoints.first,
                let rank = graph[value].type.tensorType?.shape?.count
            else { continue }
            let form = Baker.Form(elementType: weightEntry.format.elementType, parameters: weightParameters)
            let codes = try ConstantCodes.codes(of: weights, weightEntry, form)
            guard let float = try LayerProbe(node, of: graph, executor: executor),
                let rounded = try LayerProbe(
                    node, of: graph, weights: ConstantCodes.reals(of: codes), executor: executor)
            else { continue }
            layers[value, default: []].append(
                Layer(
                    node: node, input: FakeQuantization((scale, zeroPoint), entry.format), float: float,
                    rounded: rounded, channelAxis: rank == 2 ? 1 : graph[node].op.name == "Conv" ? 1 : rank - 1))
        }
    }

    /// Takes in samples.
    mutating func measure(
        _ samples: CalibrationSamples, indices: [Int], executor: any Executor, progress: () -> Void
    ) throws {
        guard !layers.isEmpty else { return }
        var run = CalibrationRun(graph, keeping: Set(layers.keys), executor: executor)
        for index in indices {
            _ = try run.run(index, of: samples) { try take($1, of: $0) }
            progress()
        }
    }

    private mutating func take(_ tensor: Tensor, of value: ValueID) throws {
        guard var all = layers[value], tensor.elementType == .float32, tensor.count > 0 else { return }
        for position in all.indices {
            let rounded = all[position].input.values(of: tensor)
            let expected = try all[position].float.run(tensor)
            let found = try all[position].rounded.run(rounded)
            let axis = all[position].channelAxis
            let (expectedSums, count) = expected.sums(along: axis)
            let foundSums = found.sums(along: axis).sums
            let differences = zip(expectedSums, foundSums).map { $0 - $1 }
            all[position].shift =
                all[position].shift.isEmpty ? differences : zip(all[position].shift, differences).map(+)
            all[position].positions += Double(count)
        }
        layers[value] = all
    }

    /// Puts the corrected biases into the plan.
    func apply(to plan: inout QuantizationPlan) {
        for layer in layers.values.joined() where layer.positions > 0 {
            guard let index = plan.rules[layer.node]?.inputs.firstIndex(of: .bias),
                let value = graph[layer.node].input(index), let bias = graph[value].constant,
                let values = bias.floats, values.count == layer.shift.count
            else { continue }
            let corrected = zip(values, layer.shift).map { Float(Double($0) + $1 / layer.positions) }
            guard corrected.allSatisfy(\.isFinite) else { continue }
            plan[.input(layer.node, index)]?.replacement = .values(Tensor(corrected, shape: bias.shape))
        }
    }
}

extension Tensor {
    /// The sum over all other axes for each index of one, and how many elements each sums.
    func sums(along axis: Int) -> (sums: [Double], count: Int) {
        guard shape.indices.contains(axis), count > 0 else { return ([], 0) }
        let channels = shape[axis]
        let inner = shape[(axis + 1)...].reduce(1, *)
        var sums = Array(repeating: 0.0, count: channels)
        withElements(as: Float.self) { values in
            var start = 0
            while start < values.count {
                for channel in 0..<channels {
                    var sum = 0.0
                    for index in start..<start + inner { sum += Double(values[index]) }
                    sums[channel] += sum
                    start += inner
                }
            }
        }
        return (sums, count / max(channels, 1))
    }
}
