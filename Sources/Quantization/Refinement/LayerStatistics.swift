internal import ModelGraph
internal import TensorCore

/// What the refinements of weights and biases know of the inputs that each layer gets on the float network: how the real
/// and the rounded patches are on average and, if asked for, how the rounded ones vary together.
struct LayerStatistics {
    struct Layer {
        let layer: LinearLayer
        /// What makes the rounded input of the real one.
        let rounding: FakeQuantization
        fileprivate(set) var positions = 0.0
        /// The sums of the real and of the rounded patches, for every group.
        fileprivate(set) var real: [Double] = []
        fileprivate(set) var rounded: [Double] = []
        fileprivate(set) var covariance: InputCovariance?
    }

    private var layers: [ValueID: [Layer]] = [:]

    /// - Parameter plan: with the parameters of all activations.
    init(_ graph: Graph, plan: QuantizationPlan, withCovariance: Bool) {
        for node in plan.integerNodes {
            guard let value = graph[node].input(0), !graph[value].isConstant, plan[.input(node, 1)] != nil,
                let layer = LinearLayer(node, of: graph),
                let entry = plan[plan.dominator(of: .input(node, 0))], let parameters = entry.parameters,
                let scale = parameters.scales.first, let zeroPoint = parameters.zeroPoints.first
            else { continue }
            layers[value, default: []].append(
                Layer(
                    layer: layer, rounding: FakeQuantization((scale, zeroPoint), entry.format),
                    covariance: withCovariance ? InputCovariance(layer) : nil))
        }
    }

    /// The values to be shown to ``take(_:of:sample:)``.
    var observed: Set<ValueID> { Set(layers.keys) }

    /// The layers in order of their nodes.
    var all: [Layer] { layers.values.joined().filter { $0.positions > 0 }.sorted { $0.layer.node < $1.layer.node } }

    /// Takes in the float network's value of a sample.
    mutating func take(_ tensor: Tensor, of value: ValueID, sample: Int, _ executor: any Executor) throws {
        guard tensor.elementType == .float32, tensor.count > 0, let count = layers[value]?.count else { return }
        var latest: (rounding: FakeQuantization, tensor: Tensor)?
        for index in 0..<count {
            guard let rounding = layers[value]?[index].rounding, let layer = layers[value]?[index].layer else {
                continue
            }
            let positions = try layer.positions(of: tensor)
            guard positions > 0 else { continue }
            let known = latest?.rounding == rounding ? latest?.tensor : nil
            let both = try executor.map(2) { which in
                let seen = which == 0 ? tensor : known ?? rounding.values(of: tensor)
                return (tensor: seen, sums: try layer.patchSums(of: seen))
            }
            latest = (rounding, both[1].tensor)
            layers[value]?[index].positions += Double(positions)
            layers[value]?[index].real.add(both[0].sums)
            layers[value]?[index].rounded.add(both[1].sums)
            try layers[value]?[index].covariance?.take(both[1].tensor, sample: sample, executor)
        }
    }
}

extension [Double] {
    fileprivate mutating func add(_ other: [Double]) {
        if isEmpty { self = other } else { for index in indices { self[index] += other[index] } }
    }
}
