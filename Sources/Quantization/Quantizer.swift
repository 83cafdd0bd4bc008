internal import GraphPasses
public import ModelGraph
internal import TensorCore

/// From a trained float network to its quantized form.
///
/// The steps are public pieces of their own: ``QuantizationPlan``, ``Calibrator``, ``Baker``.
public struct Quantizer: Sendable {
    public var options: QuantizationOptions
    private let executor: any Executor

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
        if let value = graph.valueIDs.first(where: { graph[$0].quantization != nil }) {
            throw OctetError(
                .invalidArgument, "the model is quantized already: tensor '\(graph[value].name)' holds integers",
                remedy: "Give the float model.")
        }
        let simplified = try options.passes.run(on: graph)
        let float = simplified.graph
        var plan = try QuantizationPlan(
            for: float, scheme: options.scheme, dispatcher: options.dispatcher, excluding: options.excluded)
        try plan.quantizeWeights(of: float)
        let isAutomatic = options.rangeMethod is AutomaticRange
        let split = SampleSplit(
            try options.sampleIndices(of: calibration.count),
            holdsBack: isAutomatic || options.biasCorrection != .off)
        let corrections = options.biasCorrection == .off ? 0 : isAutomatic ? 3 : 1
        let total =
            split.seen.count + (isAutomatic ? split.heldBack.count : 0) + corrections * split.measured.count
        var done = 0
        var refining = Refining(float, options: options, calibration, split: split, executor: executor) {
            done += 1
            progress(done, total)
        }
        try refining.chooseRanges(for: &plan)
        try refining.correctBiases(of: &plan)
        let quantized = try refining.bake(plan)
        let report = QuantizationReport(
            original: graph, float: float, plan: quantized.plan, quantized: quantized.graph,
            simplifications: simplified.applied, refinements: refining.report)
        return Result(graph: quantized.graph, float: float, plan: quantized.plan, report: report)
    }
}
