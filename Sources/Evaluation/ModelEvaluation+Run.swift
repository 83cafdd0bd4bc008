public import Datasets
public import ModelGraph
public import TensorCore

extension ModelEvaluation {
    /// Runs a model on every sample, and the baseline beside it.
    ///
    /// The scores are the elements of the first output. The error of the outputs is taken over all of them.
    /// - Parameters:
    ///   - baseline: the network this one was made from; `nil` for none.
    ///   - baselineExecutor: runs the baseline; `nil` for the same executor.
    ///   - samples: how many to take, spread evenly; `nil` for all.
    ///   - progress: where to say how far it is; `nil` for nowhere.
    /// - Throws: `unsupported` when the first output holds no numbers, `invalidData` for a label that is no class, `invalidModel` when the baseline's outputs
    ///   differ in number or shape; whatever reading and running throw.
    public static func run(
        _ graph: Graph, baseline: Graph? = nil, executor: any Executor, baselineExecutor: (any Executor)? = nil,
        data: any Dataset, samples: Int? = nil, progress: ProgressMeter.Sink? = nil
    ) throws -> ModelEvaluation {
        let runner = SampleRunner(graph, executor: executor)
        let baselineRunner = baseline.map { SampleRunner($0, executor: baselineExecutor ?? executor) }
        var evaluation = ModelEvaluation()
        if baseline != nil { evaluation.outputError = SignalError() }
        var skipped: [String] = []
        let meter = ProgressMeter("Evaluating", total: min(samples ?? data.count, data.count), sink: progress)
        try data.forEachSample(
            samples, skipped: { skipped.append($0.name) },
            body: { sample in
                let outputs = try runner.run(sample).map { $0.tensor?.reals }
                guard let first = outputs.first, let scores = first else {
                    throw OctetError(.unsupported, "the model's first output holds no numbers to evaluate")
                }
                try check(label: sample.label, classes: scores.count, sample: sample.name)
                let expected = try baselineRunner?.run(sample).map { $0.tensor?.reals }
                if let expected { try evaluation.add(outputs, expected: expected) }
                let baselineScores = expected?.first.flatMap { $0 }
                evaluation.classification.add(scores: scores, label: sample.label, baseline: baselineScores)
                meter.advance()
            })
        meter.finish()
        evaluation.skipped = skipped
        return evaluation
    }

    private static func check(label: Int?, classes: Int, sample: String) throws {
        guard let label, !(0..<classes).contains(label) else { return }
        throw OctetError(
            .invalidData, "sample '\(sample)' has label \(label), which is none of the model's classes",
            expected: "0 to \(classes - 1)", remedy: "Check the labels and --label-offset")
    }

    private mutating func add(_ outputs: [[Float]?], expected: [[Float]?]) throws {
        guard outputs.map({ $0?.count }) == expected.map({ $0?.count }) else {
            throw OctetError(
                .invalidModel, "the baseline's outputs differ from the model's in number or shape",
                expected: "\(expected.map { $0?.count ?? 0 }) elements", found: "\(outputs.map { $0?.count ?? 0 })")
        }
        for case (let output?, let reference?) in zip(outputs, expected) {
            outputError?.add(reference: reference, signal: output)
        }
    }
}
