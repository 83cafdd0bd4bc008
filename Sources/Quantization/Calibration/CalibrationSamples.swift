public import ModelGraph
public import TensorCore

/// The data a network is calibrated with: random access, so that several passes over them are possible, and nothing is
/// kept in memory.
public struct CalibrationSamples: Sendable {
    /// How many samples there are; one sample may be a batch.
    public let count: Int
    private let load: @Sendable (Int) throws -> [Datum]?

    /// - Parameter load: gives sample `0 ..< count`: one datum for each graph input, or `nil` for a sample that is
    ///   to be left out because it cannot be read.
    public init(count: Int, load: @escaping @Sendable (Int) throws -> [Datum]?) {
        self.count = count
        self.load = load
    }

    /// Samples that are in memory, each a tensor for every graph input.
    public init(_ samples: [[Tensor]]) {
        self.init(count: samples.count) { samples[$0].map(Datum.tensor) }
    }

    public subscript(_ index: Int) -> [Datum]? {
        get throws { try load(index) }
    }
}
