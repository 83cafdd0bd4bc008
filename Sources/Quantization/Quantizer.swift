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
        _ graph: Graph, calibration: CalibrationSamples, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
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
        let samples = try options.sampleIndices(of: calibration.count)
        try calibrate(&plan, float, options.rangeMethod, calibration, samples) { progress($0, samples.count) }
        try plan.propagateToBiases(of: float)
        let quantized = try Baker.bake(float, plan: plan)
        let report = QuantizationReport(
            original: graph, float: float, plan: plan, quantized: quantized, simplifications: simplified.applied)
        return Result(graph: quantized, float: float, plan: plan, report: report)
    }

    private func calibrate<Method: RangeMethod>(
        _ plan: inout QuantizationPlan, _ graph: Graph, _ method: Method, _ data: CalibrationSamples,
        _ samples: [Int], progress: (Int) -> Void
    ) throws {
        var calibrator = try Calibrator(graph, plan: plan, method: method)
        try calibrator.observe(data, indices: samples, executor: executor, progress: progress)
        calibrator.apply(to: &plan)
    }
}
