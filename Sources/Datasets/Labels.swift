internal import TensorCore

/// The true classes of samples, from a file.
///
/// Three kinds: a table with a header (`file,label`, in any order and among other columns), whose rows may select and
/// order the samples; one label a line; an integer `.npy`.
public struct Labels: Sendable {
    /// A label for each sample, in the order of the samples.
    public let values: [Int]
    /// The file that each label belongs to, when the table says.
    public let files: [String]?
    private let path: String

    /// - Throws: `invalidData` when it is damaged or holds no labels.
    public init(path: String) throws {
        self.path = path
        if Files.hasExtension(path, "npy") {
            let array = try NumPyArray(path: path)
            guard array.elementType.isInteger, let values = array.tensor().integers else {
                throw OctetError(
                    .invalidData, "holds no labels", file: path, expected: "integers",
                    found: array.elementType.rawValue)
            }
            (self.values, files) = (values, nil)
        } else {
            let table = try CommaSeparatedTable(path: path)
            (values, files) = try Self.columns(of: table, path: path)
        }
        guard !values.isEmpty else {
            throw OctetError(.invalidData, "holds no labels", file: path, expected: "at least one")
        }
    }

    private static func columns(
        of table: CommaSeparatedTable, path: String
    ) throws -> (labels: [Int], files: [String]?) {
        guard let first = table.rows.first else { return ([], nil) }
        let header = first.fields.map { $0.lowercased() }
        let labelNames = ["label", "labels", "class", "class_id", "target", "category"]
        let labelColumn: Int
        var rows = table.rows[...]
        var fileColumn: Int?
        if let named = labelNames.lazy.compactMap(header.firstIndex(of:)).first {
            labelColumn = named
            fileColumn = fileNames.lazy.compactMap(header.firstIndex(of:)).first
            rows = rows.dropFirst()
        } else if let number = first.fields.firstIndex(where: { Int($0) != nil }) {
            labelColumn = number
            fileColumn = first.fields.firstIndex { Int($0) == nil }
        } else {
            throw OctetError(
                .invalidData, "has no labels", file: path, expected: "a column named label, or one label a line",
                found: first.fields.joined(separator: ","))
        }
        var labels: [Int] = []
        var files: [String] = []
        for row in rows {
            let fields = row.fields
            guard labelColumn < fields.count, let label = Int(fields[labelColumn]), fileColumn ?? 0 < fields.count
            else {
                throw OctetError(
                    .invalidData, "line \(row.line) has no label", file: path,
                    expected: fileColumn == nil ? "an integer" : "a file and an integer",
                    found: fields.joined(separator: ","))
            }
            labels.append(label)
            if let fileColumn { files.append(fields[fileColumn]) }
        }
        return (labels, fileColumn == nil ? nil : files)
    }

    private static let fileNames = ["file", "filename", "file_name", "path", "image", "name"]

    /// The pictures that the table names, if it names files and the data is a folder: looked for beside the table, in
    /// the data folder, and there by its last component alone.
    /// - Throws: `invalidData` when a file is in none of these places.
    func pictures(dataFolder: String) throws -> [String]? {
        guard let files, Files.isFolder(dataFolder) else { return nil }
        let beside = Files.folder(of: path)
        var found: [String] = []
        for file in files {
            let places = [
                Files.join(beside, file), Files.join(dataFolder, file), Files.join(dataFolder, Files.baseName(file)),
            ]
            guard let place = places.first(where: Files.isFile) else {
                throw OctetError(
                    .invalidData, "names a file that is not there: '\(file)'", file: path,
                    expected: "it beside the labels or in \(dataFolder)")
            }
            found.append(place)
        }
        return found
    }
}
