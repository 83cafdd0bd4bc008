public import TensorCore

/// The arrays of an `.npz` file: a zip file of `.npy` files.
public struct NumPyArchive: Sendable {
    /// The arrays' names, in the order of the file.
    public let names: [String]
    private let archive: ZipArchive

    /// Opens an archive; arrays are read when asked for.
    /// - Throws: `invalidData` when it is damaged.
    public init(path: String) throws {
        archive = try ZipArchive(path: path)
        names = archive.entries.filter { $0.name.hasSuffix(".npy") }.map { String($0.name.dropLast(4)) }
    }

    /// Reads one array: in place when it is stored, into memory when it is deflated.
    /// - Throws: `invalidData` when there is none of that name or it is damaged, `inputOutput` when zlib is needed and
    ///   not installed.
    public func array(named name: String) throws -> NumPyArray {
        guard let entry = archive.entries.first(where: { $0.name == name + ".npy" }) else {
            throw OctetError(
                .invalidData, "has no array '\(name)'", file: archive.path, found: names.joined(separator: ", "))
        }
        return try NumPyArray(archive.contents(of: entry), file: "\(archive.path)(\(name))")
    }

    /// Reads one array as a tensor.
    public func tensor(named name: String) throws -> Tensor { try array(named: name).tensor() }
}
