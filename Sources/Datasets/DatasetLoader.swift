internal import TensorCore

/// Opens data of any kind that is understood, by what lies at the path.
public struct DatasetLoader: Sendable {
    /// Tried in order.
    public var formats: [any DatasetFormat]

    /// The formats that need nothing but this library.
    public static let standardFormats: [any DatasetFormat] = [
        ImageFolderFormat(), ArrayFileFormat(), ArrayArchiveFormat(), ArrayFolderFormat(), CIFARFormat(),
    ]

    /// - Parameter additional: formats tried before the standard ones.
    public init(additional: [any DatasetFormat] = []) {
        formats = additional + Self.standardFormats
    }

    /// Opens what lies at `path`.
    /// - Parameters:
    ///   - labels: a file of labels, which may also select and order the samples; see ``Labels``.
    ///   - labelOffset: added to every label.
    /// - Throws: `invalidData` when it is nothing known, is empty, or does not fit the inputs or the labels;
    ///   `inputOutput` when it is not there.
    public func open(
        path: String, preprocessing: Preprocessing = .none, inputs: [DatasetInput], labels: String? = nil,
        labelOffset: Int = 0
    ) throws -> any Dataset {
        let request = DatasetRequest(preprocessing: preprocessing, inputs: inputs)
        let parsed = try labels.map { try Labels(path: $0) }
        if let parsed, let listed = try parsed.pictures(dataFolder: path) {
            let input = try request.onlyInput(for: "pictures", file: path)
            let folder = try ImageFolder(paths: listed, preprocessing: preprocessing, input: input)
            return try LabelledDataset(folder, labels: parsed, offset: labelOffset, file: path)
        }
        let dataset = try open(path, for: request)
        guard dataset.count > 0 else {
            throw OctetError(.invalidData, "holds no samples", file: path, expected: "at least one")
        }
        if let parsed { return try LabelledDataset(dataset, labels: parsed, offset: labelOffset, file: path) }
        return labelOffset == 0 ? dataset : ShiftedLabels(dataset, offset: labelOffset)
    }

    private func open(_ path: String, for request: DatasetRequest) throws -> any Dataset {
        guard Files.isFolder(path) || Files.isFile(path) else {
            throw OctetError(.inputOutput, "there is no such file or folder", file: path)
        }
        for format in formats where try format.recognizes(path) {
            return try format.open(path, for: request)
        }
        throw OctetError(
            .invalidData, Files.isFolder(path) ? "the folder holds no data that is understood" : "is no known data",
            file: path, expected: formats.map(\.summary).joined(separator: "; "))
    }
}
