internal import GraphPasses
public import ModelGraph
internal import TensorCore

extension Quantizer {
    /// A changed graph, and what was done to which part.
    public struct Conversion: Sendable {
        public var graph: Graph
        public var report: QuantizationReport
    }

    /// Stores weights in integers; everything is computed in float.
    ///
    /// With `int4` weights there is a scale for each block along the sum. Tables of embeddings have 8 bits.
    /// - Throws: `invalidArgument` when the graph is quantized already or the scheme has no such weights,
    ///   `invalidModel` when weights are not finite or types contradict.
    public func quantizeWeights(_ graph: Graph) throws -> Conversion {
        try requireFloat(graph)
        let simplified = try options.passes.run(on: graph)
        let plan = try QuantizationPlan(
            weightsOf: simplified.graph, scheme: options.scheme, excluding: options.excluded)
        return try conversion(
            of: graph, simplified, to: Baker.bake(simplified.graph, plan: plan), reasons: plan.floatReasons)
    }

    /// Makes products with constant matrices integer, with ranges of the data found at every run, and stores tables of
    /// embeddings in integers.
    /// - Throws: `invalidArgument` when the graph is quantized already or the weights are not to have 8 bits,
    ///   `invalidModel` when weights are not finite or types contradict.
    public func quantizeDynamically(_ graph: Graph) throws -> Conversion {
        try requireFloat(graph)
        guard options.scheme.weightType.bitWidth == 8 else {
            throw OctetError(
                .invalidArgument, "dynamic quantization needs 8-bit weights", expected: "int8 or uint8",
                found: options.scheme.weightType.rawValue, remedy: "For 4-bit weights take the method weights.")
        }
        let simplified = try options.passes.run(on: graph)
        let plan = try QuantizationPlan(
            weightsOf: simplified.graph, scheme: options.scheme, excluding: options.excluded
        ) { node in DynamicProducts.covers(node) ? nil : .noDynamicForm }
        return try conversion(
            of: graph, simplified, to: DynamicProducts.replace(in: simplified.graph, plan: plan),
            reasons: plan.floatReasons)
    }

    /// Stores tables of embeddings as well, and tells what was done.
    private func conversion(
        of graph: Graph, _ simplified: PassPipeline.Result, to changed: Graph,
        reasons: [NodeID: FloatReason]
    ) throws -> Conversion {
        let stored = try EmbeddingTables.store(
            in: changed, of: simplified.graph, scheme: options.scheme, excluding: options.excluded)
        var reasons = reasons
        for id in stored.nodes { reasons[id] = nil }
        return Conversion(
            graph: stored.graph,
            report: QuantizationReport(
                original: graph, float: simplified.graph, quantized: stored.graph, floatReasons: reasons,
                simplifications: simplified.applied))
    }

    /// Computes in float16 where that is safe.
    /// - Parameter calibration: samples; what comes near the limit of float16 on them stays float32. `nil` looks at
    ///   operators and constants alone.
    /// - Throws: `invalidArgument` when the graph is quantized already, `invalidModel` where types contradict, and what
    ///   the executor throws.
    public func convertToHalfPrecision(
        _ graph: Graph, calibration: CalibrationSamples? = nil,
        progress: @escaping (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> Conversion {
        try requireFloat(graph)
        let simplified = try options.passes.run(on: graph)
        let float = simplified.graph
        var keeping = try calibration.map { try leavingHalfRange(float, $0, progress: progress) } ?? [:]
        var excluded: [NodeID: FloatReason] = [:]
        for id in float.nodeIDs {
            guard let pattern = options.excluded.first(where: { $0.matches(float[id]) }) else { continue }
            keeping[id] = .excluded
            excluded[id] = .excluded(pattern: pattern.text)
        }
        let narrowed = try NarrowToHalfPrecision.narrow(float, keeping: keeping)
        let reasons = narrowed.kept.mapValues { $0 == .range ? FloatReason.leavesHalfRange : .noHalfForm }
            .merging(excluded) { $1 }
        return Conversion(
            graph: narrowed.graph,
            report: QuantizationReport(
                original: graph, float: float, quantized: narrowed.graph, floatReasons: reasons,
                simplifications: simplified.applied))
    }

    /// The nodes that make or read values beyond half of what float16 can hold.
    private func leavingHalfRange(
        _ graph: Graph, _ samples: CalibrationSamples, progress: (_ done: Int, _ of: Int) -> Void
    ) throws -> [NodeID: NarrowToHalfPrecision.Reason] {
        let indices = try options.sampleIndices(of: samples.count)
        let watched = Set(graph.nodeIDs.flatMap { graph[$0].outputs.compactMap { $0 } }).union(graph.inputs)
        var beyond: Set<ValueID> = []
        var run = CalibrationRun(graph, keeping: watched, executor: executor)
        for (done, index) in indices.enumerated() {
            _ = try run.run(index, of: samples) { id, tensor in
                guard tensor.elementType == .float32, !beyond.contains(id) else { return }
                let limit = NarrowToHalfPrecision.limit / 2
                if tensor.withElements(as: Float.self, { $0.contains { abs($0) > limit } }) { beyond.insert(id) }
            }
            progress(done + 1, indices.count)
        }
        return graph.nodeIDs.reduce(into: [:]) { reasons, id in
            let touched = graph[id].inputs + graph[id].outputs
            if touched.contains(where: { $0.map(beyond.contains) ?? false }) { reasons[id] = .range }
        }
    }
}
