internal import TensorCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The little that readers of data ask of the file system.
enum Files {
    static func isFolder(_ path: String) -> Bool { mode(of: path) == S_IFDIR }

    static func isFile(_ path: String) -> Bool { mode(of: path) == S_IFREG }

    private static func mode(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// The names in a folder that do not begin with a dot, sorted by their bytes.
    static func names(in folder: String) throws -> [String] {
        guard let stream = opendir(folder) else {
            throw OctetError(
                .inputOutput, "the folder cannot be read: \(String(cString: strerror(errno)))", file: folder)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    static func join(_ folder: String, _ name: String) -> String {
        name.hasPrefix("/") ? name : folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    /// The folder a path lies in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func baseName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// The base name without its last extension.
    static func stem(_ path: String) -> String {
        let name = baseName(path)
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
        return String(name[..<dot])
    }

    static func hasExtension(_ path: String, _ ending: String) -> Bool {
        path.lowercased().hasSuffix("." + ending)
    }

    /// A text file's lines, without their ends.
    static func lines(of path: String) throws -> [Substring] {
        var text = try MappedFile(path: path).withBytes { String(decoding: $0, as: UTF8.self) }
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        return text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    }
}
