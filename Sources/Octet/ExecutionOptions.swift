public import Kernels
public import Runtime
internal import TensorCore

/// What threads are for.
public enum PerformanceHint: String, Sendable, CaseIterable {
    /// All threads share one inference, which ends as early as possible.
    case latency
    /// Each thread runs a request of its own, so that the most requests are done in a time.
    case throughput
}

/// The precision of the products in layers on floats.
public enum FloatPrecision: String, Sendable, CaseIterable {
    case float32
    /// Convolutions and products with constant weights round both factors to bf16 and add up in float32, where that is
    /// estimated to be faster on this processor. All other operators, and what layers give, stay in float32.
    case bf16
}

/// What a run may use of the machine.
public struct ExecutionOptions: Sendable {
    /// Threads; `nil` takes `OCTET_THREADS` or the number of cores.
    public var threads: Int?
    /// `nil` takes `OCTET_ISA` or the fastest that the CPU has.
    public var instructionSet: InstructionSet?
    /// Bytes that a model may ask for; `nil` is half of the machine's memory.
    public var memoryLimit: Int?
    public var hint = PerformanceHint.latency
    /// A folder to keep compiled networks in, so that the next load maps them; made when it is not there. `nil` takes
    /// `OCTET_CACHE`; without that nothing is kept.
    public var cacheFolder: String?
    /// Bytes that the plans in the folder for compiled networks may take. Those that were not used for longest give way
    /// to new ones. `nil` takes `OCTET_CACHE_LIMIT`, a number of MB (10⁶ bytes), or 2 GB.
    public var cacheLimit: Int?
    public var floatPrecision = FloatPrecision.float32

    public init(
        threads: Int? = nil, instructionSet: InstructionSet? = nil, memoryLimit: Int? = nil,
        hint: PerformanceHint = .latency, cacheFolder: String? = nil, cacheLimit: Int? = nil,
        floatPrecision: FloatPrecision = .float32
    ) {
        self.threads = threads
        self.instructionSet = instructionSet
        self.memoryLimit = memoryLimit
        self.hint = hint
        self.cacheFolder = cacheFolder
        self.cacheLimit = cacheLimit
        self.floatPrecision = floatPrecision
    }

    /// The same with all layers on floats in float32.
    public var inFloat32: ExecutionOptions {
        var options = self
        options.floatPrecision = .float32
        return options
    }

    /// - Throws: `invalidArgument` when the instruction set that was asked for is not there.
    public func executor() throws -> CompiledExecutor {
        try executor(pool: pool())
    }

    func executor(pool: ThreadPool?) throws -> CompiledExecutor {
        let kernels = try instructionSet.map { try KernelTable($0) } ?? KernelTable.selected()
        let limit = memoryLimit ?? Pages.physicalByteCount / 2
        return CompiledExecutor(
            kernels: kernels, pool: pool, memoryLimit: limit,
            relativeBFloat16Rate: floatPrecision == .bf16 ? kernels.relativeBFloat16Rate : nil)
    }

    func pool() throws -> ThreadPool { try ThreadPool(threads: threads ?? ThreadPool.defaultThreads()) }

    /// The folder for compiled networks, if one is named.
    var namedCacheFolder: String? {
        let named = cacheFolder ?? EnvironmentVariable.value(of: "OCTET_CACHE")
        return named.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// ``cacheLimit`` or what stands for it.
    /// - Throws: `invalidArgument` when `OCTET_CACHE_LIMIT` is no number of MB.
    func cacheByteLimit() throws -> Int {
        if let cacheLimit { return cacheLimit }
        guard let text = EnvironmentVariable.value(of: "OCTET_CACHE_LIMIT"), !text.isEmpty else { return 2_000_000_000 }
        guard let megabytes = Int(text), megabytes >= 0 else {
            throw OctetError(
                .invalidArgument, "OCTET_CACHE_LIMIT is not a number of MB", expected: "0 or more", found: text)
        }
        let (bytes, isTooLarge) = megabytes.multipliedReportingOverflow(by: 1_000_000)
        return isTooLarge ? .max : bytes
    }
}
