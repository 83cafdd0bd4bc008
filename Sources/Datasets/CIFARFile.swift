internal import TensorCore

/// CIFAR-10's binary files: records of a label byte, then 32 x 32 red, green and blue bytes.
struct CIFARFile: Dataset {
    static let recordBytes = 1 + 3 * side * side
    private static let side = 32
    private let path: String
    private let storage: TensorStorage
    private let encoder: ImageEncoder

    init(path: String, preprocessing: Preprocessing, input: DatasetInput) throws {
        self.path = path
        storage = TensorStorage(try MappedFile(path: path))
        encoder = try ImageEncoder(preprocessing, for: input)
    }

    var count: Int { storage.bytes.count / Self.recordBytes }

    func name(at index: Int) -> String { "\(path)[\(index)]" }

    func label(at index: Int) -> Int? { Int(storage.bytes[index * Self.recordBytes]) }

    func tensors(at index: Int) throws -> [String: Tensor] {
        let start = index * Self.recordBytes + 1
        let plane = Self.side * Self.side
        let pixels = (0..<3 * plane).map { storage.bytes[start + $0 % 3 * plane + $0 / 3] }
        let image = Image(width: Self.side, height: Self.side, channels: 3, pixels: pixels)
        do {
            return [encoder.input.name: try encoder.tensor(from: image)]
        } catch let error as OctetError {
            throw error.at(file: path)
        }
    }
}

struct CIFARFormat: DatasetFormat {
    let summary = "a CIFAR-10 binary file (.bin)"

    func recognizes(_ path: String) throws -> Bool {
        guard Files.isFile(path), Files.hasExtension(path, "bin") else { return false }
        let size = try MappedFile(path: path).byteCount
        guard size % CIFARFile.recordBytes == 0 else {
            throw OctetError(
                .invalidData, "is no CIFAR-10 file", file: path,
                expected: "a multiple of \(CIFARFile.recordBytes) bytes", found: "\(size)")
        }
        return true
    }

    func open(_ path: String, for request: DatasetRequest) throws -> any Dataset {
        let input = try request.onlyInput(for: "a CIFAR-10 file", file: path)
        return try CIFARFile(path: path, preprocessing: request.preprocessing, input: input)
    }
}
