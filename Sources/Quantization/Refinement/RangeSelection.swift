internal import ModelGraph
internal import TensorCore

/// Chooses among candidate ranges the one with the least error of the layers that read the tensor.
///
/// The error of a layer with weights is what it makes of the difference between the tensor and its rounded form, as a
/// share of its own output's power; a layer without weights counts with the difference itself. All readers of the
/// tensors that share a range count together. What no integer node reads keeps its whole range: the largest of a
/// network's scores are what decides. Streaming: a few sums for each reader.
struct RangeSelection {
    /// One reader of a value, and its error by candidate.
    private struct Reader {
        var slot: TensorSlot
        var probe: LayerProbe?
        var power = 0.0
        var errors: [Double]
    }

    private let graph: Graph
    private let candidates: [TensorSlot: [AutomaticRange.Candidate]]
    private let formats: [TensorSlot: IntegerFormat]
    private var readers: [ValueID: [Reader]] = [:]

    /// - Parameter candidates: by dominating slot; groups with fewer than two are left out.
    init(
        _ graph: Graph, plan: QuantizationPlan, candidates: [TensorSlot: [AutomaticRange.Candidate]],
        executor: any Executor
    ) throws {
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
                let probe = isLayer ? try LayerProbe(node, of: graph, executor: executor) : nil
                add(plan.dominator(of: slot), value, probe)
            }
        }
    }

    private mutating func add(_ dominator: TensorSlot, _ value: ValueID, _ probe: LayerProbe?) {
        guard let count = candidates[dominator]?.count, graph[value].constant == nil else { return }
        readers[value, default: []].append(
            Reader(slot: dominator, probe: probe, errors: Array(repeating: 0, count: count)))
    }

    /// Measures every candidate on these samples, which the calibrator has not seen and sees now.
    mutating func measure(
        _ samples: CalibrationSamples, indices: [Int], executor: any Executor,
        observing calibrator: inout Calibrator<AutomaticRange>, progress: () -> Void
    ) throws {
        let kept = calibrator.observed.union(readers.keys)
        var run = CalibrationRun(graph, keeping: kept, executor: executor)
        for index in indices {
            _ = try run.run(index, of: samples) { value, tensor in
                try take(tensor, of: value)
                try calibrator.take(tensor, of: value, sample: index)
            }
            progress()
        }
    }

    private mutating func take(_ tensor: Tensor, of value: ValueID) throws {
        guard var all = readers[value], tensor.elementType == .float32, tensor.count > 0 else { return }
        for position in all.indices {
            all[position].power += try all[position].probe?.run(tensor).power ?? tensor.power
        }
        for slot in Set(all.map(\.slot)).sorted() {
            guard let format = formats[slot] else { continue }
            for (index, candidate) in (candidates[slot] ?? []).enumerated() {
                let error = FakeQuantization(format.parameters(for: candidate.range), format).error(of: tensor)
                for position in all.indices where all[position].slot == slot {
                    all[position].errors[index] += try all[position].probe?.run(error).power ?? error.power
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
