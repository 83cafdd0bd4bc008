/// What a model reaches on data.
public struct ModelEvaluation: Sendable {
    /// Accuracy by the labels, and agreement with the baseline.
    public internal(set) var classification = ClassificationMetrics()
    /// The outputs against the baseline's; `nil` without one.
    public internal(set) var outputError: SignalError?
    /// Samples that could not be decoded.
    public internal(set) var skipped: [String] = []

    /// Samples that were run.
    public var samples: Int { classification.samples }
}
