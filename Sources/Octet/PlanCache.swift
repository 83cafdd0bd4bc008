internal import Kernels
internal import Runtime
internal import TensorCore

/// Compiled networks kept in a folder, so that a network that was loaded before is ready at once: its plan and packed
/// weights are mapped from a file, which all processes that use it share.
///
/// An entry's name holds a hash of the model file's contents and one of all else a plan depends on: input types,
/// instruction set, threads, precision of floats, and the program itself. A changed model or program therefore never meets an old entry. The
/// folder must belong to the user and be closed to others' writing, and every file carries a hash under a key that is
/// drawn at random for the folder: what is damaged, cut or foreign is compiled anew and replaced. The folder holds
/// the plans that were used last, up to a number of bytes, and may be deleted at any time.
struct PlanCache {
    private let folder: PlanCacheFolder
    private let kernels: KernelTable
    private let model: MappedFile
    private let pool: ThreadPool
    /// The beginning of all entries' names of this model.
    private let stem: String

    /// - Parameters:
    ///   - model: the model file. Plans use weights where they stand in this mapping, whose contents name the entries.
    ///   - pool: its threads check files.
    init(folder: PlanCacheFolder, model: MappedFile, compiler: Compiler, pool: ThreadPool) {
        self.folder = folder
        self.model = model
        self.pool = pool
        kernels = compiler.kernels
        let key = folder.key
        let environment = """
            \(OctetVersion.current) \(kernels.instructionSet.rawValue) \(compiler.threads) \
            \(compiler.relativeBFloat16Rate ?? 0) \(ProgramImage.fingerprint)
            """
        let contents = model.withBytes { ContentHash.ofMapped($0, key: key, on: pool.concurrently) }
        stem = "\(contents)-\(Self.hash(Array(environment.utf8), key))"
    }

    /// What a network loaded before takes and gives.
    func interface() -> NetworkInterface? {
        SealedFile.open(interfacePath, key: folder.key, on: pool.concurrently) { contents, _ in
            try? NetworkInterface(decoding: contents)
        }
    }

    func plan(for types: [TensorType]) -> Plan? {
        let path = planPath(types)
        let plan = Plan.open(path, key: folder.key, kernels: kernels, model: model, on: pool.concurrently)
        guard let plan, plan.inputTypes == types else { return nil }
        folder.touch(path)
        return plan
    }

    /// Stores a plan, and makes room for it.
    /// - Returns: false when it is of a kind that cannot be stored.
    /// - Throws: `inputOutput` when the disk is full or the folder gone.
    func store(_ plan: Plan, for types: [TensorType]) throws -> Bool {
        let isStored = try plan.write(to: planPath(types), key: folder.key, kernels: kernels, model: model)
        if isStored { folder.prune() }
        return isStored
    }

    /// Stores what a network takes and gives.
    /// - Throws: `inputOutput` when the disk is full or the folder gone.
    func store(_ interface: NetworkInterface) throws {
        guard let encoded = interface.encoded else { return }
        try encoded.withUnsafeBytes { try SealedFile.write([$0], to: interfacePath, key: folder.key) }
    }

    private var interfacePath: String { "\(folder.path)/\(stem).interface" }

    private func planPath(_ types: [TensorType]) -> String {
        var writer = ByteWriter()
        writer.append(types) { $1.append($0) }
        return "\(folder.path)/\(stem)-\(Self.hash(writer.bytes, folder.key)).plan"
    }

    private static func hash(_ bytes: [UInt8], _ key: ContentHash.Key) -> ContentHash.Value {
        bytes.withUnsafeBytes { ContentHash.of($0, key: key) }
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
