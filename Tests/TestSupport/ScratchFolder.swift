import Foundation

/// A folder for one test, removed at its end with everything in it.
public final class ScratchFolder {
    /// Where it lies.
    public let path: String

    /// Makes an empty folder.
    public init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "octet-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// The path of a file in the folder.
    public func callAsFunction(_ name: String) -> String { path + "/" + name }

    /// Writes a file and returns its path.
    public func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let url = URL(filePath: self(name))
        if name.contains("/") {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        }
        try Data(bytes).write(to: url)
        return self(name)
    }

    /// Writes a text file and returns its path.
    public func write(_ text: String, _ name: String) throws -> String { try write(Array(text.utf8), name) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
