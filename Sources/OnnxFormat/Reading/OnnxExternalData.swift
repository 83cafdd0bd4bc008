internal import TensorCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The files beside a model that hold its large tensors. Each is mapped once; none may lie outside the model's folder.
final class OnnxExternalData {
    private let modelPath: String
    private var files: [String: MappedFile] = [:]

    init(modelPath: String) { self.modelPath = modelPath }

    /// True once a tensor was found in another file.
    var isUsed: Bool { !files.isEmpty }

    /// The bytes that a tensor's `external_data` entries name.
    /// - Parameter byteCount: what the tensor's shape asks for.
    func slice(_ entries: [(key: String, value: String)], byteCount: Int) throws -> TensorStorage {
        var location = ""
        var offset = 0
        var length = byteCount
        for entry in entries {
            switch entry.key {
            case "location": location = entry.value
            case "offset": offset = try size(entry)
            case "length": length = try size(entry)
            default: break
            }
        }
        guard length == byteCount else {
            throw OctetError(
                .invalidModel, "external data does not fill the shape", expected: "\(byteCount) bytes",
                found: "\(length)")
        }
        let file = try open(location)
        guard offset <= file.byteCount, length <= file.byteCount - offset else {
            throw OctetError(
                .invalidModel, "external data '\(location)' is too short",
                expected: "\(length) bytes from byte \(offset) on", found: "a file of \(file.byteCount) bytes")
        }
        return TensorStorage(file, offset..<offset + length)
    }

    private func size(_ entry: (key: String, value: String)) throws -> Int {
        guard let number = Int(entry.value), number >= 0 else {
            throw OctetError(
                .invalidModel, "external data has a wrong '\(entry.key)'", expected: "a number of bytes",
                found: entry.value)
        }
        return number
    }

    private func open(_ location: String) throws -> MappedFile {
        if let file = files[location] { return file }
        let parts = location.split(separator: "/", omittingEmptySubsequences: false)
        guard !location.isEmpty, !location.hasPrefix("/"), !parts.contains(".."), !location.utf8.contains(0) else {
            throw OctetError(
                .invalidModel, "external data lies outside the model's folder", expected: "a path inside the folder",
                found: location)
        }
        let folder = OnnxExternalData.folder(of: modelPath)
        guard let path = OnnxExternalData.resolve(folder + "/" + location) else {
            throw OctetError(
                .inputOutput, "external data '\(location)' cannot be opened: \(String(cString: strerror(errno)))",
                remedy: "Put the file beside the model")
        }
        let allowed = [
            OnnxExternalData.resolve(folder), OnnxExternalData.resolve(modelPath).map(OnnxExternalData.folder),
        ]
        guard allowed.contains(where: { $0.map { path.hasPrefix($0 == "/" ? "/" : $0 + "/") } ?? false }) else {
            throw OctetError(
                .invalidModel, "external data '\(location)' is a link out of the model's folder", found: path)
        }
        let file = try MappedFile(path: path)
        files[location] = file
        return file
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The path without links, or `nil` when there is nothing.
    private static func resolve(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
