internal import ModelGraph
internal import TensorCore

/// Chooses among candidate ranges the one with the least error of the layers that read the tensor.
///
/// The error of a layer with weights is the power of the difference between the tensor and its rounded form, each input
/// channel weighted by the squares of the weights that it meets, as a share of the tensor's own power weighted in the
/// same way; a layer without weights counts with the plain powers. All readers of the tensors that share a range count
/// together. What no integer node reads keeps its whole range: the largest of a network's scores are what decides.
/// Streaming: a few sums for each reader, and a pass over the tensor for each candidate.
struct RangeSelection {
    /// One reader of a value, and its error by candidate.
    private struct Reader {
        var slot: TensorSlot
        /// The weight of each channel; `nil` for a layer without weights.
        var sensitivity: [Double]?
        var isChannelsFirst: Bool
        var power = 0.0
        var errors: [Double]

        /// The sum over channels, of which there may be several rounds.
        func weighted(_ powers: [Double]) -> Double {
            guard let sensitivity, !sensitivity.isEmpty else { return powers.reduce(0, +) }
            return powers.indices.reduce(0) { $0 + powers[$1] * sensitivity[$1 % sensitivity.count] }
        }
    }

    private let graph: Graph
    private let candidates: [TensorSlot: [AutomaticRange.Candidate]]
    private let formats: [TensorSlot: IntegerFormat]
    private var readers: [ValueID: [Reader]] = [:]

    /// - Parameter candidates: by dominating slot; groups with fewer than two are left out.
    init(_ graph: Graph, plan: QuantizationPlan, candidates: [TensorSlot: [AutomaticRange.Candidate]]) {
        self.graph = graph
        self.candidates = candidates.filter { $0.value.count > 1 }
        formats = Dictionary(
            uniqueKeysWithValues: self.candidates.keys.compactMap { slot in plan[slot].map { (slot, $0.format) } })
        for node in plan.integerNodes {
            guard let rule = plan.rules[node], rule.kind == .computing || rule.output == .free else { continue }
            for (index, role) in rule.inputs.enumerated() where role == .activation {
                let slot = TensorSlot.input(node, index)
                guard plan[slot] != nil, let value = graph[node].input(index) else { continue }
                let isLayer = rule.kind == .computing && index == 0
                add(plan.dominator(of: slot), value, isLayer ? LinearLayer(node, of: graph) : nil)
            }
        }
    }

    private mutating func add(_ dominator: TensorSlot, _ value: ValueID, _ layer: LinearLayer?) {
        guard let count = candidates[dominator]?.count, !graph[value].isConstant else { return }
        let weights = layer.flatMap { graph[$0.node].input(1) }.flatMap { graph[$0].constant }
        readers[value, default: []].append(
            Reader(
                slot: dominator, sensitivity: weights.flatMap { layer?.sensitivity(of: $0) },
                isChannelsFirst: layer?.isChannelsFirst ?? true, errors: Array(repeating: 0, count: count)))
    }

    /// Measures every candidate on these samples, which the calibrator has not seen and sees now.
    /// - Returns: the network's outputs by sample.
    mutating func measure(
        _ samples: CalibrationSamples, indices: [Int], executor: any Executor,
        observing calibrator: inout Calibrator<AutomaticRange>, progress: () -> Void
    ) throws -> [Int: [Tensor]] {
        let kept = calibrator.observed.union(readers.keys)
        var run = CalibrationRun(graph, keeping: kept, executor: executor)
        var outputs: [Int: [Tensor]] = [:]
        for index in indices {
            outputs[index] = try run.run(index, of: samples) { value, tensor in
                try take(tensor, of: value, executor)
                try calibrator.take(tensor, of: value, sample: index, executor)
            }?.compactMap(\.tensor)
            progress()
        }
        return outputs
    }

    private mutating func take(_ tensor: Tensor, of value: ValueID, _ executor: any Executor) throws {
        guard var all = readers[value], tensor.elementType == .float32, tensor.count > 0 else { return }
        for isChannelsFirst in [true, false] {
            let own = all.indices.filter { all[$0].isChannelsFirst == isChannelsFirst }
            guard !own.isEmpty else { continue }
            let powers = FakeQuantization.toZero.errors(of: tensor, isChannelsFirst: isChannelsFirst)
            for position in own { all[position].power += all[position].weighted(powers) }
            for slot in Set(own.map { all[$0].slot }).sorted() {
                guard let format = formats[slot] else { continue }
                let candidates = candidates[slot] ?? []
                let found = try executor.map(candidates.count) { index in
                    FakeQuantization(format.parameters(for: candidates[index].range), format)
                        .errors(of: tensor, isChannelsFirst: isChannelsFirst)
                }
                for (index, errors) in found.enumerated() {
                    for position in own where all[position].slot == slot {
                        all[position].errors[index] += all[position].weighted(errors)
                    }
                }
            }
        }
        readers[value] = all
    }

    /// The best candidate of each group; of equal ones the first.
    var choice: [TensorSlot: AutomaticRange.Candidate] {
        var totals: [TensorSlot: [Double]] = [:]
        for value in readers.keys.sorted() {
            for reader in readers[value] ?? [] where reader.power > 0 {
                let shares = reader.errors.map { $0 / reader.power }
                totals[reader.slot] = totals[reader.slot].map { zip($0, shares).map(+) } ?? shares
            }
        }
        var choice: [TensorSlot: AutomaticRange.Candidate] = [:]
        for (slot, errors) in totals {
            guard let best = errors.indices.min(by: { errors[$0] < errors[$1] }) else { continue }
            choice[slot] = candidates[slot]?[best]
        }
        return choice
    }
}
