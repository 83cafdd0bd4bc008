internal import Foundation
internal import Kernels
internal import Runtime
internal import TensorCore

/// Compiled networks kept in a folder, so that a network that was loaded before is ready at once: its plan and packed
/// weights are mapped from a file, which all processes that use it share.
///
/// An entry's name holds a hash of the model file's contents and one of all else a plan depends on: input types,
/// instruction set, threads, precision of floats, and the program itself. A changed model or program therefore never meets an old entry. The
/// folder must belong to the user and be closed to others' writing, and every file carries a hash under a key that is
/// drawn at random for the folder: what is damaged, cut or foreign is compiled anew and replaced. The folder may be
/// deleted at any time.
struct PlanCache {
    private let folder: String
    private let key: ContentHash.Key
    private let kernels: KernelTable
    private let model: MappedFile
    private let pool: ThreadPool
    /// The beginning of all entries' names of this model.
    private let stem: String

    /// - Parameters:
    ///   - model: the model file. Plans use weights where they stand in this mapping, whose contents name the entries.
    ///   - pool: its threads check files.
    /// - Throws: `inputOutput` when the folder cannot be made or used.
    init(folder: String, model: MappedFile, compiler: Compiler, pool: ThreadPool) throws {
        self.folder = folder
        self.model = model
        self.pool = pool
        kernels = compiler.kernels
        key = try Self.key(in: folder)
        let environment = """
            \(OctetVersion.current) \(kernels.instructionSet.rawValue) \(compiler.threads) \
            \(compiler.relativeBFloat16Rate ?? 0) \(ProgramImage.fingerprint)
            """
        let contents = model.withBytes { [key] in ContentHash.ofMapped($0, key: key, on: pool.concurrently) }
        stem = "\(contents)-\(Self.hash(Array(environment.utf8), key))"
    }

    /// What a network loaded before takes and gives.
    func interface() -> NetworkInterface? {
        SealedFile.open(interfacePath, key: key, on: pool.concurrently) { contents, _ in
            try? NetworkInterface(decoding: contents)
        }
    }

    func plan(for types: [TensorType]) -> Plan? {
        let plan = Plan.open(planPath(types), key: key, kernels: kernels, model: model, on: pool.concurrently)
        guard let plan, plan.inputTypes == types else { return nil }
        return plan
    }

    /// Stores a plan.
    /// - Returns: false when it is of a kind that cannot be stored.
    /// - Throws: `inputOutput` when the disk is full or the folder gone.
    func store(_ plan: Plan, for types: [TensorType]) throws -> Bool {
        try plan.write(to: planPath(types), key: key, kernels: kernels, model: model)
    }

    /// Stores what a network takes and gives.
    /// - Throws: `inputOutput` when the disk is full or the folder gone.
    func store(_ interface: NetworkInterface) throws {
        guard let encoded = interface.encoded else { return }
        try encoded.withUnsafeBytes { try SealedFile.write([$0], to: interfacePath, key: key) }
    }

    private var interfacePath: String { "\(folder)/\(stem).interface" }

    private func planPath(_ types: [TensorType]) -> String {
        var writer = ByteWriter()
        writer.append(types) { $1.append($0) }
        return "\(folder)/\(stem)-\(Self.hash(writer.bytes, key)).plan"
    }

    private static func hash(_ bytes: [UInt8], _ key: ContentHash.Key) -> ContentHash.Value {
        bytes.withUnsafeBytes { ContentHash.of($0, key: key) }
    }

    // MARK: The folder

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

/// The program that is running, as far as compiled plans depend on it.
private enum ProgramImage {
    /// The size and time of the file that holds the kernels, and how they lie in it.
    static let fingerprint: String = {
        let program = FileOwnership.fingerprint(of: "/proc/self/exe") ?? ""
        let path = octet_image_path().map { String(cString: $0) } ?? ""
        let library = path.hasPrefix("/") ? FileOwnership.fingerprint(of: path) : nil
        return "\(program) \(library ?? "") \(octet_image_offset())"
    }()
}
