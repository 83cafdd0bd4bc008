internal import TensorCore

/// Samples with the labels of a file.
struct LabelledDataset: Dataset {
    private let base: any Dataset
    private let labels: [Int]

    /// - Throws: `invalidData` when there are not as many labels as samples.
    init(_ base: any Dataset, labels: Labels, offset: Int, file: String) throws {
        guard labels.values.count == base.count else {
            throw OctetError(
                .invalidData, "the labels do not match the data", file: file, expected: "\(base.count) labels",
                found: "\(labels.values.count)")
        }
        self.base = base
        self.labels = labels.values.map { $0 &+ offset }
    }

    var count: Int { base.count }

    func name(at index: Int) -> String { base.name(at: index) }

    func label(at index: Int) -> Int? { labels[index] }

    func tensors(at index: Int) throws -> [String: Tensor] { try base.tensors(at: index) }
}
