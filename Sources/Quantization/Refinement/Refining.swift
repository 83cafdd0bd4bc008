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
        try refine(&plan)
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
        let isPreferred = decide("equalization", choice, before, after)
        if let decision = report.last { other.report.append(decision) }
        return isPreferred
    }

    /// Gives every activation its range.
    private mutating func chooseRanges(for plan: inout QuantizationPlan) throws {
        if options.rangeMethod is AutomaticRange {
            try chooseAutomatically(for: &plan)
        } else {
            try observe(options.rangeMethod, for: &plan)
        }
    }

    /// Shows the calibrator the samples that ranges are made from, or what the state holds of them.
    private func observe<Method: RangeMethod>(with calibrator: inout Calibrator<Method>) throws {
        guard let state = options.calibrationState else {
            return try calibrator.observe(samples, indices: split.seen, executor: executor) { _, _ in step() }
        }
        try state.observe(
            with: &calibrator, samples, indices: split.seen, options: options.observed, executor: executor
        ) { done in
            for _ in 0..<done { step() }
        }
    }

    /// Only shows the samples, for a state that keeps what was seen.
    func observe() throws {
        try observe(options.rangeMethod)
    }

    private func observe<Method: RangeMethod>(_ method: Method) throws {
        var plan = try QuantizationPlan(
            for: float, scheme: options.scheme, dispatcher: options.dispatcher, excluding: options.excluded)
        try plan.quantizeWeights(of: float)
        var calibrator = try Calibrator(float, plan: plan, method: method)
        try observe(with: &calibrator)
    }

    private func observe<Method: RangeMethod>(_ method: Method, for plan: inout QuantizationPlan) throws {
        var calibrator = try Calibrator(float, plan: plan, method: method)
        try observe(with: &calibrator)
        calibrator.apply(to: &plan)
    }

    private mutating func chooseAutomatically(for plan: inout QuantizationPlan) throws {
        let method = AutomaticRange()
        var calibrator = try Calibrator(float, plan: plan, method: method)
        try observe(with: &calibrator)
        calibrator.apply(to: &plan)
        let seen = calibrator.observers.compactMap { slot, observer in
            plan[slot].map { (slot: slot, observer: observer, format: $0.format) }
        }
        let ranges = try executor.map(seen.count) { try method.candidates(of: seen[$0].observer, for: seen[$0].format) }
        let candidates = Dictionary(uniqueKeysWithValues: zip(seen.map(\.slot), ranges))
        var selection = RangeSelection(float, plan: plan, candidates: candidates)
        var complete = calibrator
        let outputs = try selection.measure(
            samples, indices: split.heldBack, executor: executor, observing: &complete, progress: step)
        if judge == nil {
            judge = try OutputError(
                float: float, samples: samples, indices: split.heldBack, executor: executor, references: outputs)
        }
        if split.holdsBack { calibrator = complete }
        // The methods are chosen; now their ranges come from all samples.
        calibrator.apply(to: &plan)
        var chosen = plan
        let observers = calibrator.observers
        let choices = selection.choice.compactMap { slot, candidate in
            plan[slot].map { (slot: slot, candidate: candidate, format: $0.format, observer: observers[slot]) }
        }
        let final = try executor.map(choices.count) { index in
            let choice = choices[index]
            return try choice.observer.flatMap {
                try method.range(of: $0, for: choice.format, method: choice.candidate.method)
            }
        }
        for (choice, range) in zip(choices, final) {
            guard let observer = choice.observer else { continue }
            chosen.setRange(
                range ?? choice.candidate.range, of: choice.slot, method: choice.candidate.method, observer: observer)
        }
        // Shifted means hide what the ranges are worth: both are judged as they will be used.
        var corrected = (plan, chosen)
        if options.biasCorrection != .off {
            let statistics = try measure([plan, chosen], withCovariance: false)
            try BiasCorrection.apply(statistics[0], to: &corrected.0, of: float)
            try BiasCorrection.apply(statistics[1], to: &corrected.1, of: float)
        }
        let before = try error(of: corrected.0)
        let after = try error(of: corrected.1)
        if decide("ranges chosen by layer", .auto, before, after) { plan = chosen }
    }

    /// Corrects the means of layers through their biases, and rounds weights by what they do to their layers.
    private mutating func refine(_ plan: inout QuantizationPlan) throws {
        guard options.biasCorrection != .off || options.weightRounding != .off else { return }
        let statistics = try measure([plan], withCovariance: options.weightRounding != .off)[0]
        var isCorrected = false
        var current = try error(of: plan)
        if options.biasCorrection != .off {
            var corrected = plan
            try BiasCorrection.apply(statistics, to: &corrected, of: float)
            let after = try error(of: corrected)
            isCorrected = decide("bias correction", options.biasCorrection, current, after)
            if isCorrected { (plan, current) = (corrected, after) }
        }
        if options.weightRounding != .off {
            var rounded = plan
            try WeightRounding.apply(statistics, to: &rounded, of: float, executor)
            if isCorrected { try BiasCorrection.apply(statistics, to: &rounded, of: float) }
            let after = try error(of: rounded)
            if decide("weights rounded by layer", options.weightRounding, current, after) { plan = rounded }
        }
    }

    /// What the layers get on the float network, rounded by each of the plans.
    private func measure(_ plans: [QuantizationPlan], withCovariance: Bool) throws -> [LayerStatistics] {
        var statistics = plans.map { LayerStatistics(float, plan: $0, withCovariance: withCovariance) }
        let observed = statistics.reduce(into: Set()) { $0.formUnion($1.observed) }
        guard !observed.isEmpty else { return statistics }
        var run = CalibrationRun(float, keeping: observed, executor: executor)
        for index in split.measured {
            _ = try run.run(index, of: samples) { value, tensor in
                for position in statistics.indices {
                    try statistics[position].take(tensor, of: value, sample: index, executor)
                }
            }
            step()
        }
        return statistics
    }

    private mutating func error(of plan: QuantizationPlan) throws -> Double {
        let judge =
            try judge ?? OutputError(float: float, samples: samples, indices: split.heldBack, executor: executor)
        self.judge = judge
        return try judge.of(bake(plan).graph)
    }

    /// Whether a refinement is to be kept; notes it in the report.
    private mutating func decide(
        _ name: String, _ choice: OptimizationChoice, _ before: Double, _ after: Double
    ) -> Bool {
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
        return isBetter || choice == .on
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
    private static let limit = 64
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
