/// Where and how far two networks' tensors differ on the same data.
public struct ModelComparison: Sendable {
    /// One tensor, under the name the original gives it.
    public struct Row: Sendable {
        /// The original's name of the tensor.
        public let name: String
        /// Measured over all samples.
        public let error: SignalError
    }

    /// The tensors both networks have, worst first.
    public let tensors: [Row]
    /// The outputs, in the model's order.
    public let outputs: [Row]
    /// How many samples were compared.
    public let samples: Int
    /// Samples that could not be decoded.
    public let skipped: [String]

    init(tensors: [Row], outputs: [Row], samples: Int, skipped: [String]) {
        // Nothing is worse than an error that is no number.
        func key(_ row: Row) -> Double { row.error.sqnr.isNaN ? -.infinity : row.error.sqnr }
        self.tensors = tensors.sorted { (key($0), $0.name) < (key($1), $1.name) }
        self.outputs = outputs
        self.samples = samples
        self.skipped = skipped
    }
}
