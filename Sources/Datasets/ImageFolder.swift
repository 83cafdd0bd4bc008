internal import TensorCore

/// Pictures in files, each decoded when its sample is read.
struct ImageFolder: Dataset {
    private let paths: [String]
    private let encoder: ImageEncoder

    /// - Throws: `invalidArgument` when the preprocessing does not fit the input.
    init(paths: [String], preprocessing: Preprocessing, input: DatasetInput) throws {
        self.paths = paths
        encoder = try ImageEncoder(preprocessing, for: input)
    }

    var count: Int { paths.count }

    func name(at index: Int) -> String { paths[index] }

    func tensors(at index: Int) throws -> [String: Tensor] {
        let image: Image
        do {
            image = try ImageDecoder.decode(path: paths[index])
        } catch let error as OctetError where error.kind == .invalidData || error.kind == .resourceLimit {
            throw UnreadableSample(name: paths[index], reason: error)
        }
        do {
            return [encoder.input.name: try encoder.tensor(from: image)]
        } catch let error as OctetError {
            throw error.at(file: paths[index])
        }
    }
}

/// A folder of JPEG and PNG files, in the order of their names; folders inside it are not looked into. Or one picture.
struct ImageFolderFormat: DatasetFormat {
    let summary = "a folder of JPEG or PNG pictures"

    func recognizes(_ path: String) throws -> Bool {
        try !pictures(at: path).isEmpty
    }

    func open(_ path: String, for request: DatasetRequest) throws -> any Dataset {
        let input = try request.onlyInput(for: "pictures", file: path)
        return try ImageFolder(paths: pictures(at: path), preprocessing: request.preprocessing, input: input)
    }

    private func pictures(at path: String) throws -> [String] {
        guard Files.isFolder(path) else {
            return Files.isFile(path) && ImageDecoder.isImageName(path) ? [path] : []
        }
        return try Files.names(in: path).filter(ImageDecoder.isImageName).map { Files.join(path, $0) }
    }
}
