internal import Kernels
internal import Runtime
internal import TensorCore

/// What a new session needs beside its network.
struct SessionSetup {
    private let executor: CompiledExecutor
    private let lanes: ThreadPool?
    private let cache: PlanCache?
    private let file: MappedFile?

    /// - Parameter file: the one that the network stands in as it is; `nil` when it was changed in memory.
    init(_ options: ExecutionOptions, file: MappedFile?) throws {
        let pool = try options.pool()
        let isForThroughput = options.hint == .throughput
        executor = try options.executor(pool: isForThroughput ? nil : pool)
        lanes = isForThroughput ? pool : nil
        self.file = file
        guard let file, let path = options.namedCacheFolder else {
            cache = nil
            return
        }
        let folder = try PlanCacheFolder(path, byteLimit: options.cacheByteLimit())
        cache = PlanCache(folder: folder, model: file, compiler: executor.compiler, pool: pool)
    }

    /// A session of a network that was compiled before.
    func storedSession() -> InferenceSession? {
        guard let file, let cache, let interface = cache.interface() else { return nil }
        return InferenceSession(
            interface, source: NetworkSource(file), executor: executor, lanes: lanes, cache: cache,
            isInterfaceStored: true)
    }

    /// A session of the network in a file. While one thread reads and simplifies it, another rehearses.
    func session(of file: MappedFile) throws -> InferenceSession {
        let queue = WorkQueue()
        return try queue.run(on: executor.pool) {
            // One thread alone would rehearse after the file is read.
            if executor.pool?.threads ?? 1 > 1, Rehearsal.begin() {
                queue.add { Rehearsal.rehearse(executor) { queue.isClosed } }
            }
            return try session(of: Model(file), isTemporary: true)
        }
    }

    /// - Parameter isTemporary: nobody keeps the model, so its graph is given up once it is compiled.
    func session(of model: Model, isTemporary: Bool = false) throws -> InferenceSession {
        let graph = try model.simplified()
        let source =
            if isTemporary, let file { NetworkSource(file, graph: graph) } else { NetworkSource(graph) }
        return InferenceSession(
            NetworkInterface(graph), source: source, executor: executor, lanes: lanes,
            cache: model.graph.metadata.usesOtherFiles ? nil : cache)
    }
}
