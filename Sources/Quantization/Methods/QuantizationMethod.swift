/// What becomes of a network's weights and activations.
public enum QuantizationMethod: String, Sendable, Hashable, CaseIterable {
    /// Both in integers, with ranges of the activations found beforehand on sample data.
    case `static`
    /// Weights in integers; the ranges of activations are found at every run.
    case dynamic
    /// Weights in integers, which are made real again when they are read; activations stay float.
    case weights
    /// Weights and activations in 16-bit floats.
    case float16

    /// What it is for, in one sentence.
    public var summary: String {
        switch self {
        case .static: "weights and activations in integers, ranges from sample data: the fastest, needs --calibration"
        case .dynamic:
            "matrix products in integers with ranges found at every run: for transformers, needs no data; "
                + "convolutions stay float, which is faster"
        case .weights: "weights in integers, arithmetic in float: a small file, needs no data, not faster"
        case .float16: "weights and activations in 16-bit floats: half the size, needs no data, for GPUs"
        }
    }
}
