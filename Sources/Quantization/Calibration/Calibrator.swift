public import ModelGraph
internal import TensorCore

/// Feeds samples through the float graph and gathers what the ranges of a plan need.
///
/// One observer a group of slots; nothing else grows with the number of samples. Calibrators of the same plan that saw
/// different samples can be merged.
public struct Calibrator<Method: RangeMethod>: Sendable {
    /// What has been seen of samples, by dominating slot.
    private(set) var seen: [TensorSlot: Method.Statistics] = [:]
    /// What there is to see of constants, which does not depend on samples.
    private var constants: [TensorSlot: Method.Statistics] = [:]
    let graph: Graph
    private let method: Method
    /// The groups whose range each value counts for.
    private let groups: [ValueID: [TensorSlot]]

    /// - Parameters:
    ///   - graph: the float graph the plan is for.
    ///   - plan: groups that have parameters already are not observed.
    /// - Throws: `invalidData` when a constant that is quantized like an activation is not finite, naming it.
    public init(_ graph: Graph, plan: QuantizationPlan, method: Method) throws {
        self.graph = graph
        self.method = method
        var groups: [ValueID: [TensorSlot]] = [:]
        for slot in plan.slots where plan[slot]?.contributesRange == true && !plan.isSettled(slot) {
            guard let value = slot.value(in: graph), plan.isActivation(slot) else { continue }
            let dominator = plan.dominator(of: slot)
            if seen[dominator] == nil { seen[dominator] = Method.Statistics() }
            if let constant = graph[value].constant {
                do {
                    try constants[dominator, default: Method.Statistics()].observe(constant, sample: 0)
                } catch let error as OctetError {
                    throw error.named("initializer '\(graph[value].name)'")
                }
            } else if groups[value]?.contains(dominator) != true {
                groups[value, default: []].append(dominator)
            }
        }
        self.groups = groups
    }

    /// What has been seen, by dominating slot.
    public var observers: [TensorSlot: Method.Statistics] {
        seen.merging(constants) { samples, constants in
            var both = samples
            both.merge(constants)
            return both
        }
    }

    /// Runs samples through the graph.
    /// - Parameters:
    ///   - indices: which samples; `nil` for all.
    ///   - progress: called after each sample with how many are done, and with what has been seen up to then.
    /// - Throws: `invalidData` when there is no sample, or when a tensor takes a value that is not finite, naming the
    ///   tensor and the sample; and what the executor throws.
    public mutating func observe(
        _ samples: CalibrationSamples, indices: [Int]? = nil, executor: any Executor,
        progress: (_ done: Int, _ calibrator: Calibrator) throws -> Void = { _, _ in }
    ) throws {
        let indices = indices ?? Array(0..<samples.count)
        guard !indices.isEmpty else {
            throw OctetError(
                .invalidData, "there are no calibration samples", remedy: "Give data that hold at least one sample.")
        }
        var run = CalibrationRun(graph, keeping: observed, executor: executor)
        var used = 0
        for (done, index) in indices.enumerated() {
            if try run.run(index, of: samples, visit: { try take($1, of: $0, sample: index, executor) }) != nil {
                used += 1
            }
            try progress(done + 1, self)
        }
        guard used > 0 else {
            throw OctetError(
                .invalidData, "none of the \(indices.count) calibration samples can be read",
                remedy: "Give data that hold at least one readable sample.")
        }
    }

    /// Takes in what another calibrator of the same plan has seen.
    public mutating func merge(_ other: Calibrator) { merge(other.seen) }

    mutating func merge(_ other: [TensorSlot: Method.Statistics]) {
        for (slot, observer) in other { seen[slot, default: Method.Statistics()].merge(observer) }
    }

    /// Puts the parameters that follow from what was seen into the plan.
    public func apply(to plan: inout QuantizationPlan) {
        for (slot, observer) in observers {
            guard let format = plan[slot]?.format else { continue }
            let range = observer.extremes == nil ? 0...0 : method.range(of: observer, for: format)
            plan.setRange(range, of: slot, method: Method.name, observer: observer)
        }
    }

    /// The values that are looked at.
    var observed: Set<ValueID> { Set(groups.keys) }

    /// Takes in a value of a sample.
    mutating func take(_ tensor: Tensor, of id: ValueID, sample: Int, _ executor: any Executor) throws {
        for slot in groups[id] ?? [] {
            do {
                if let parts = Self.parts(of: tensor),
                    let found = try? executor.map(
                        parts.count,
                        {
                            var observer = Method.Statistics()
                            try observer.observe(parts[$0], sample: sample)
                            return observer
                        })
                {
                    for part in found { seen[slot]?.merge(part) }
                } else {
                    try seen[slot]?.observe(tensor, sample: sample)
                }
            } catch let error as OctetError {
                throw error.named("sample \(sample), tensor '\(graph[id].name)'")
            }
        }
    }
}

extension Calibrator {
    /// Elements of a part at least.
    private static var partSize: Int { 1 << 15 }

    /// Parts of a large float32 tensor to be observed side by side; `nil` where that does not pay or may not be.
    private static func parts(of tensor: Tensor) -> [Tensor]? {
        let count = min(4, tensor.count / partSize)
        guard Method.Statistics.isDivisible, count > 1, tensor.elementType == .float32 else { return nil }
        return (0..<count).map { part in
            tensor.elements(from: part * tensor.count / count, to: (part + 1) * tensor.count / count)
        }
    }
}

extension Tensor {
    /// Some elements of a float32 tensor as a vector, in the same memory.
    fileprivate func elements(from start: Int, to end: Int) -> Tensor {
        Tensor(.float32, shape: [end - start], storage: storage, byteOffset: byteOffset + start * 4)
    }
}

extension QuantizationPlan {
    /// True for data, false for weights and biases.
    func isActivation(_ slot: TensorSlot) -> Bool {
        guard case .input(let index) = slot.port else { return true }
        guard let roles = rules[slot.node]?.inputs, roles.indices.contains(index) else { return false }
        return roles[index] == .activation
    }
}

extension QuantizationPlan {
    /// Settles the parameters of a group by the range of its dominating slot.
    mutating func setRange(
        _ range: ClosedRange<Float>, of slot: TensorSlot, method: String, observer: some Observer
    ) {
        guard var entry = self[slot] else { return }
        let (scale, zeroPoint) = entry.format.parameters(for: range)
        entry.parameters = QuantizationParameters(scale: scale, zeroPoint: zeroPoint)
        entry.range = range
        entry.method = method
        entry.clippedShare = observer.share(outside: min(range.lowerBound, 0)...max(range.upperBound, 0))
        entry.state = .active
        self[slot] = entry
    }
}

extension OctetError {
    /// The same error with what it is about in front of its message.
    func named(_ subject: String) -> OctetError {
        var error = self
        error.message = "\(subject): \(message)"
        return error
    }
}
