internal import ModelGraph
internal import TensorCore

/// The part of quantization that looks at samples: ranges, then what improves on them.
///
/// Some samples are held back: candidates are judged on them and made from the others. A refinement that does not lower
/// the error of the network's outputs on them is taken back, unless it was demanded.
struct Refining {
    private let float: Graph
    private let options: QuantizationOptions
    private let samples: CalibrationSamples
    private let split: SampleSplit
    private let executor: any Executor
    private let step: () -> Void
    private var judge: OutputError?
    private(set) var report: [QuantizationReport.Refinement] = []

    init(
        _ float: Graph, options: QuantizationOptions, _ samples: CalibrationSamples, split: SampleSplit,
        executor: any Executor, step: @escaping () -> Void
    ) {
        self.float = float
        self.options = options
        self.samples = samples
        self.split = split
        self.executor = executor
        self.step = step
    }

    /// The plan with all parameters but those of the biases.
    mutating func plan() throws -> QuantizationPlan {
        var plan = try QuantizationPlan(
            for: float, scheme: options.scheme, dispatcher: options.dispatcher, excluding: options.excluded)
        try plan.quantizeWeights(of: float)
        try chooseRanges(for: &plan)
        try correctBiases(of: &plan)
        return plan
    }

    /// Whether another form of the network is to be taken, judged beside this one's float outputs; notes it in both
    /// reports.
    mutating func prefers(
        _ other: inout Refining, _ otherPlan: QuantizationPlan, over plan: QuantizationPlan,
        _ choice: OptimizationChoice
    ) throws -> Bool {
        let before = try error(of: plan)
        let after = try judge?.of(other.bake(otherPlan).graph) ?? before
        decide("equalization", choice, before, after)
        if let decision = report.last { other.report.append(decision) }
        return after < before || choice == .on
    }

    /// Gives every activation its range.
    private mutating func chooseRanges(for plan: inout QuantizationPlan) throws {
        if options.rangeMethod is AutomaticRange {
            try chooseAutomatically(for: &plan)
        } else {
            try observe(options.rangeMethod, for: &plan)
        }
    }

    private func observe<Method: RangeMethod>(_ method: Method, for plan: inout QuantizationPlan) throws {
        var calibrator = try Calibrator(float, plan: plan, method: method)
        try calibrator.observe(samples, indices: split.seen, executor: executor) { _ in step() }
        calibrator.apply(to: &plan)
    }

    private mutating func chooseAutomatically(for plan: inout QuantizationPlan) throws {
        let method = AutomaticRange()
        var calibrator = try Calibrator(float, plan: plan, method: method)
        try calibrator.observe(samples, indices: split.seen, executor: executor) { _ in step() }
        calibrator.apply(to: &plan)
        var candidates: [TensorSlot: [AutomaticRange.Candidate]] = [:]
        for (slot, observer) in calibrator.observers {
            guard let format = plan[slot]?.format else { continue }
            candidates[slot] = try method.candidates(of: observer, for: format)
        }
        var selection = try RangeSelection(float, plan: plan, candidates: candidates, executor: executor)
        var complete = calibrator
        try selection.measure(
            samples, indices: split.heldBack, executor: executor, observing: &complete, progress: step)
        if split.holdsBack { calibrator = complete }
        // The methods are chosen; now their ranges come from all samples.
        calibrator.apply(to: &plan)
        var chosen = plan
        for (slot, candidate) in selection.choice {
            guard let observer = calibrator.observers[slot], let format = plan[slot]?.format else { continue }
            let range = try method.ranges(of: observer, for: format).first { $0.method == candidate.method }?.range
            chosen.setRange(range ?? candidate.range, of: slot, method: candidate.method, observer: observer)
        }
        // Shifted means hide what the ranges are worth: both are judged as they will be used.
        let before = try error(of: options.biasCorrection == .off ? plan : corrected(plan))
        let after = try error(of: options.biasCorrection == .off ? chosen : corrected(chosen))
        decide("ranges chosen by layer", .auto, before, after)
        if after < before { plan = chosen }
    }

    /// Corrects the means of layers through their biases.
    private mutating func correctBiases(of plan: inout QuantizationPlan) throws {
        guard options.biasCorrection != .off else { return }
        let corrected = try corrected(plan)
        let before = try error(of: plan)
        let after = try error(of: corrected)
        decide("bias correction", options.biasCorrection, before, after)
        if after < before || options.biasCorrection == .on { plan = corrected }
    }

    private func corrected(_ plan: QuantizationPlan) throws -> QuantizationPlan {
        var correction = try BiasCorrection(float, plan: plan, executor: executor)
        try correction.measure(samples, indices: split.measured, executor: executor, progress: step)
        var corrected = plan
        correction.apply(to: &corrected)
        return corrected
    }

    private mutating func error(of plan: QuantizationPlan) throws -> Double {
        let judge =
            try judge ?? OutputError(float: float, samples: samples, indices: split.heldBack, executor: executor)
        self.judge = judge
        return try judge.of(bake(plan).graph)
    }

    private mutating func decide(_ name: String, _ choice: OptimizationChoice, _ before: Double, _ after: Double) {
        let isBetter = after < before
        let reason =
            isBetter
            ? "lowers the error of the outputs on held-back samples"
            : choice == .on
                ? "demanded, although it does not lower the error of the outputs on held-back samples"
                : "taken back: does not lower the error of the outputs on held-back samples"
        report.append(
            QuantizationReport.Refinement(
                name: name, isApplied: isBetter || choice == .on, errorBefore: before, errorAfter: after,
                reason: reason))
    }

    /// The quantized graph of a plan, and the plan with the parameters of its biases.
    func bake(_ plan: QuantizationPlan) throws -> (graph: Graph, plan: QuantizationPlan) {
        var plan = plan
        try plan.propagateToBiases(of: float)
        return (try Baker.bake(float, plan: plan), plan)
    }
}

/// Which samples serve for what.
struct SampleSplit {
    /// What ranges are made from.
    var seen: [Int]
    /// What choices are judged on; the same samples where there are too few to hold any back.
    var heldBack: [Int]
    /// Whether there are samples among ``heldBack`` that are not among ``seen``.
    var holdsBack: Bool
    /// What refinements measure.
    var measured: [Int]

    /// Samples held back at most, and samples that refinements measure at most.
    private static let limit = 32
    private static let judging = 64

    /// - Parameter holdsBack: whether anything is going to be judged.
    init(_ indices: [Int], holdsBack: Bool) {
        let count = holdsBack ? min(Self.judging, indices.count / 4) : 0
        let chosen = Set((0..<count).map { ($0 * 2 + 1) * indices.count / (count * 2) })
        seen = indices.indices.filter { !chosen.contains($0) }.map { indices[$0] }
        self.holdsBack = count > 0
        let used = min(Self.limit, seen.count)
        let spread = seen
        measured = (0..<used).map { spread[$0 * spread.count / used] }
        heldBack = count > 0 ? chosen.sorted().map { indices[$0] } : measured
    }
}
