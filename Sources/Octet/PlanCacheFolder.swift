internal import Foundation
internal import TensorCore

/// The folder of a ``PlanCache``: its key, and what lies in it.
struct PlanCacheFolder {
    let path: String
    /// Drawn at random when the folder was made.
    let key: ContentHash.Key
    private let byteLimit: Int

    /// - Parameter byteLimit: what ``prune()`` leaves.
    /// - Throws: `inputOutput` when the folder cannot be made or used.
    init(_ path: String, byteLimit: Int) throws {
        self.path = path
        self.byteLimit = byteLimit
        key = try Self.key(in: path)
    }

    // MARK: Entries

    private struct Entry {
        var name: String
        var byteCount: Int
        /// When it was written or used last.
        var time: Date
    }

    /// Notes that an entry was used now.
    func touch(_ path: String) { utimes(path, nil) }

    /// Removes plans until the rest is within the limit, first those that were not used for longest; the last one stays,
    /// however large it is. Who has mapped one keeps it. Files that are none of the cache's are let alone.
    func prune() {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return }
        let plans = names.filter { Self.isOurs($0, hashes: 3, ending: "plan") }.compactMap(entry)
        var kept: Set<Substring> = []
        var total = 0
        for plan in plans.sorted(by: { $0.time > $1.time }) {
            total += plan.byteCount
            if kept.isEmpty || total <= byteLimit {
                kept.insert(plan.name.prefix(Self.stemLength))
            } else {
                unlink("\(path)/\(plan.name)")
            }
        }
        for name in names
        where Self.isOurs(name, hashes: 2, ending: "interface") && !kept.contains(name.prefix(Self.stemLength)) {
            unlink("\(path)/\(name)")
        }
    }

    /// Two hashes, and what is between them.
    private static let stemLength = 2 * 32 + 1

    private func entry(_ name: String) -> Entry? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)"),
            attributes[.type] as? FileAttributeType == .typeRegular, let byteCount = attributes[.size] as? Int,
            let time = attributes[.modificationDate] as? Date
        else { return nil }
        return Entry(name: name, byteCount: byteCount, time: time)
    }

    /// Whether this is the name of an entry, or of one that was being written when its process ended.
    private static func isOurs(_ name: String, hashes: Int, ending: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let words = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        return parts.count >= 2 && parts[1] == ending && (parts.count == 2 || parts.last == "octet-tmp")
            && words.count == hashes && words.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) }
    }

    // MARK: The key

    private static func key(in folder: String) throws -> ContentHash.Key {
        let path = folder + "/key"
        if let key = try read(path, in: folder) { return key }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw unusable(folder, "cannot be made")
        }
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<ContentHash.Key.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        // Whoever comes first decides: a link, unlike a rename, does not replace what is there.
        let own = path + ".\(getpid())-\(UInt64.random(in: 0...UInt64.max, using: &generator))"
        let isWritten = FileManager.default.createFile(
            atPath: own, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
        defer { unlink(own) }
        guard isWritten, link(own, path) == 0 || errno == EEXIST, let key = try read(path, in: folder) else {
            throw unusable(folder, "cannot be written")
        }
        return key
    }

    /// - Returns: `nil` when there is no folder or no key in it yet.
    private static func read(_ path: String, in folder: String) throws -> ContentHash.Key? {
        guard access(path, F_OK) == 0 else { return nil }
        guard FileOwnership.isPrivate(folder, isFolder: true), FileOwnership.isPrivate(path, isFolder: false) else {
            throw unusable(folder, "can be written by other users")
        }
        guard let file = try? MappedFile(path: path), let key = ContentHash.Key(file.withBytes(Array.init)) else {
            throw unusable(folder, "holds a file 'key' that is none")
        }
        return key
    }

    private static func unusable(_ folder: String, _ why: String) -> OctetError {
        OctetError(
            .inputOutput, "the folder for compiled networks \(why)", file: folder,
            expected: "a folder of your own that only you may write",
            remedy: "Name another with --cache or OCTET_CACHE, or delete this one")
    }
}
