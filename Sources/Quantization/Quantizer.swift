internal import GraphPasses
public import ModelGraph
internal import TensorCore

/// From a trained float network to its quantized form.
///
/// The steps are public pieces of their own: ``QuantizationPlan``, ``Calibrator``, ``Baker``.
public struct Quantizer: Sendable {
    public var options: QuantizationOptions
    let executor: any Executor

    /// - Parameter executor: runs the float graph during calibration.
    public init(options: QuantizationOptions = QuantizationOptions(), executor: any Executor) {
        self.options = options
        self.executor = executor
    }

    /// The quantized graph, and what was done to which part.
    public struct Result: Sendable {
        public var graph: Graph
        /// The simplified float graph the plan is about: what to compare the quantized graph with.
        public var float: Graph
        public var plan: QuantizationPlan
        public var report: QuantizationReport
    }

    /// Quantizes weights and activations.
    /// - Parameter progress: called after each calibration sample with how many are done, and of how many.
    /// - Throws: `invalidArgument` when the graph is quantized already or the options make no sense, `invalidData`
    ///   when there are no samples or they lead to NaN or infinity, `invalidModel` when weights are not finite or types
    ///   contradict, and what the executor throws.
    public func quantize(
        _ graph: Graph, calibration: CalibrationSamples,
        progress: @escaping (_ done: Int, _ of: Int) -> Void = { _, _ in }

    ) throws -> Result {
        try requireFloat(graph)
        let simplified = try options.passes.run(on: graph)
        var float = simplified.graph
        let isAutomatic = options.rangeMethod is AutomaticRange
        let split = try split(calibration)
        let corrections = (isAutomatic && options.biasCorrection != .off ? 1 : 0) + (refines ? 1 : 0)
        var equalization = equalizes ? Equalization(float) : nil
        if equalization?.isEmpty == true { equalization = nil }
        let once = split.seen.count + (isAutomatic ? split.heldBack.count : 0) + corrections * split.measured.count
        let total = equalization == nil ? once : 2 * once + split.measured.count
        var done = 0
        let step = {
            done += 1
            progress(done, total)
        }
        var refining = Refining(float, options: options, calibration, split: split, executor: executor, step: step)
        var plan = try refining.plan()
        if var found = equalization {
            try found.measure(calibration, indices: split.measured, executor: executor, progress: step)
            let equalized = try found.equalized()
            var other = Refining(
                equalized, options: options, calibration, split: split, executor: executor, step: step)
            let otherPlan = try other.plan()
            if try refining.prefers(&other, otherPlan, over: plan, options.equalization) {
                (float, plan, refining) = (equalized, otherPlan, other)
            }
        }
        let quantized = try refining.bake(plan)
        let report = QuantizationReport(
            original: graph, float: float, plan: quantized.plan, quantized: quantized.graph,
            simplifications: simplified.applied, refinements: refining.report)
        return Result(graph: quantized.graph, float: float, plan: quantized.plan, report: report)
    }

    /// Only observes samples, the share that the options' state asks for, and keeps what was seen in that state.
    /// - Returns: how many samples the state holds then.
    /// - Throws: what ``quantize(_:calibration:progress:)`` throws.
    public func observe(
        _ graph: Graph, calibration: CalibrationSamples,
        progress: @escaping (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> Int {
        try requireFloat(graph)
        let split = try split(calibration)
        let total = options.calibrationState?.share(of: split.seen).count ?? split.seen.count
        var done = 0
        let step = {
            done += 1
            progress(done, max(done, total))
        }
        try Refining(
            options.passes.run(on: graph).graph, options: options, calibration, split: split, executor: executor,
            step: step
        ).observe()
        return done
    }

    private func split(_ calibration: CalibrationSamples) throws -> SampleSplit {
        SampleSplit(
            try options.sampleIndices(of: calibration.count),
            holdsBack: options.rangeMethod is AutomaticRange || refines || equalizes)
    }

    private var refines: Bool { options.biasCorrection != .off || options.weightRounding != .off }

    func requireFloat(_ graph: Graph) throws {
        guard let value = graph.valueIDs.first(where: { graph[$0].isQuantized }) else { return }
        throw OctetError(
            .invalidArgument, "the model is quantized already: tensor '\(graph[value].name)' holds integers",
            remedy: "Give the float model.")
    }

    /// Channel scales do for weights what equalization does, so it is tried for weights with one scale a tensor.
    private var equalizes: Bool {
        options.equalization == .on || (options.equalization == .auto && options.scheme.granularity == .tensor)
    }
}
