public import Datasets
public import ModelGraph
public import Runtime
public import TensorCore

/// Runs a network on named tensors. It is compiled for the input shapes it meets and keeps the last few plans.
///
/// A session belongs to one caller at a time; ``forAnotherCaller()`` gives one more that shares the compiled plans.
public final class InferenceSession {
    public let interface: NetworkInterface
    public let executor: CompiledExecutor
    /// What the folder for compiled networks was good for.
    public private(set) var cacheUse = CacheUse.off
    private let source: NetworkSource
    private let cache: PlanCache?
    /// True when ``interface`` itself came from the cache.
    private let isInterfaceStored: Bool
    /// Runs independent requests side by side; `nil` when all threads share one inference.
    let lanes: ThreadPool?
    private var prepared: [Prepared] = []
    private let preparedLimit = 4
    private var siblings: [InferenceSession] = []

    private struct Prepared {
        var types: [TensorType]
        var graph: any PreparedGraph
        /// The same if it is compiled.
        var compiled: Session?
    }

    /// How the last plan that a session needed came about.
    public enum CacheUse: Sendable, Equatable {
        /// Compiled; no folder for compiled networks was named.
        case off
        /// Mapped from the folder.
        case found
        /// Compiled, and stored for the next time.
        case stored
        /// Compiled, and not stored for this reason.
        case notStored(String)
    }

    init(
        _ interface: NetworkInterface, source: NetworkSource, executor: CompiledExecutor, lanes: ThreadPool?,
        cache: PlanCache?, isInterfaceStored: Bool = false
    ) {
        self.interface = interface
        self.source = source
        self.executor = executor
        self.lanes = lanes
        self.cache = cache
        self.isInterfaceStored = isInterfaceStored
    }

    convenience init(graph: Graph, executor: CompiledExecutor) {
        self.init(NetworkInterface(graph), source: NetworkSource(graph), executor: executor, lanes: nil, cache: nil)
    }

    /// The network in the form that is run. A session whose plan came from the folder for compiled networks reads the
    /// model's file only when this is asked.
    public var graph: Graph {
        get throws { try source.simplified() }
    }

    public var inputNames: [String] { interface.inputs.map(\.name) }
    public var outputNames: [String] { interface.outputs.map(\.name) }

    /// One more session of the same network, for a caller on another thread. It has memory of its own and shares the
    /// plans that are compiled by now.
    public func forAnotherCaller() -> InferenceSession {
        let other = InferenceSession(
            interface, source: source, executor: executor, lanes: nil, cache: cache, isInterfaceStored: true)
        for entry in prepared {
            guard let session = entry.compiled else { continue }
            other.add(Session(plan: session.plan, pool: executor.pool), for: entry.types)
        }
        return other
    }

    /// Runs once.
    /// - Parameter inputs: a tensor for each input of the network, by name.
    /// - Returns: the outputs by name.
    /// - Throws: `invalidArgument` for a missing or surplus input, or one of the wrong type or shape.
    public func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
        let ordered = try interface.ordered(inputs)
        let results = try prepare(ordered.map(\.type)).run(ordered.map(Datum.tensor))
        var outputs: [String: Tensor] = [:]
        for (name, result) in zip(outputNames, results) { outputs[name] = try tensor(result, name) }
        return outputs
    }

    private func tensor(_ result: Datum, _ name: String) throws -> Tensor {
        guard let tensor = result.tensor else {
            throw OctetError(.unsupported, "output '\(name)' is no tensor", found: "\(result.type)")
        }
        return tensor
    }

    /// Runs once into memory of the caller's. Nothing is allocated when the network is compiled, each of its steps has a
    /// kernel, and the inputs have the shapes of the run before.
    /// - Parameters:
    ///   - inputs: a tensor for each input, in the order of ``inputNames``.
    ///   - outputs: receive the results, in the order of ``outputNames``; see ``outputs(for:)``.
    /// - Throws: `invalidArgument` for a tensor of the wrong type or shape, `unsupported` when an output is no tensor.
    public func run(_ inputs: [Tensor], into outputs: [Tensor]) throws {
        if let last = prepared.last, let compiled = last.compiled, Self.fit(inputs, last.types) {
            return try compiled.run(inputs: inputs, outputs: outputs)
        }
        try interface.check(inputs)
        let ready = try prepare(inputs.map(\.type))
        if let compiled = ready as? Session { return try compiled.run(inputs: inputs, outputs: outputs) }
        let results = try ready.run(inputs.map(Datum.tensor))
        guard results.count == outputs.count else {
            throw OctetError(
                .invalidArgument, "the number of outputs is wrong", expected: "\(results.count)",
                found: "\(outputs.count)")
        }
        for (index, output) in outputs.enumerated() {
            let result = try tensor(results[index], outputNames[index])
            guard result.elementType == output.elementType, result.shape == output.shape else {
                throw OctetError(
                    .invalidArgument, "output \(index) has the wrong type", expected: "\(result.type)",
                    found: "\(output.type)")
            }
            result.withBytes { output.storage.bytes.copyMemory(from: $0) }
        }
    }

    /// Tensors that hold the results of a run on inputs of these types.
    /// - Throws: `unsupported` when the shape of an output depends on data.
    public func outputs(for inputs: [Tensor]) throws -> [Tensor] {
        try interface.check(inputs)
        guard let compiled = try prepare(inputs.map(\.type)) as? Session else {
            throw OctetError(
                .unsupported, "the shapes of the outputs depend on data",
                remedy: "Call run(_:) with named inputs, which makes the outputs")
        }
        return compiled.plan.outputTypes.map { type in
            Tensor(type.elementType, shape: type.fixedShape ?? [], quantization: type.quantization)
        }
    }

    /// The inputs for one picture (JPEG or PNG) or array (`.npy`, `.npz`), ready for ``run(_:)``.
    /// - Throws: `invalidData` when it cannot be decoded or does not fit the network, `inputOutput` when it is not there.
    public func inputs(from path: String, preprocessing: Preprocessing = .none) throws -> [String: Tensor] {
        do {
            return try DataSource.open(path, for: graph, preprocessing: preprocessing).tensors(at: 0)
        } catch let unreadable as UnreadableSample {
            throw unreadable.reason
        }
    }

    /// The graph made ready for these input types, from the cache if it was there.
    public func prepare(_ types: [TensorType]) throws -> any PreparedGraph {
        if let index = prepared.firstIndex(where: { $0.types == types }) {
            let entry = prepared.remove(at: index)
            prepared.append(entry)
            return entry.graph
        }
        let ready = try ready(for: types)
        add(ready, for: types)
        return ready
    }

    private func add(_ ready: any PreparedGraph, for types: [TensorType]) {
        prepared.append(Prepared(types: types, graph: ready, compiled: ready as? Session))
        if prepared.count > preparedLimit { prepared.removeFirst() }
    }

    private func ready(for types: [TensorType]) throws -> any PreparedGraph {
        if let cache, let plan = cache.plan(for: types),
            plan.arenaByteCount + plan.constantByteCount <= executor.memoryLimit
        {
            cacheUse = .found
            if !isInterfaceStored { try? cache.store(interface) }
            return Session(plan: plan, pool: executor.pool)
        }
        let ready = try executor.prepare(source.simplified(), inputTypes: types)
        guard let compiled = ready as? Session else {
            if cache != nil { cacheUse = .notStored("the network is interpreted") }
            return ready
        }
        if let cache {
            do {
                let isStored = try cache.store(compiled.plan, for: types)
                if isStored { try cache.store(interface) }
                cacheUse = isStored ? .stored : .notStored("a step of the network has no kernel")
            } catch let error as OctetError {
                cacheUse = .notStored(error.description)
            }
        }
        if interface.isFixed { source.release() }
        return ready
    }

    private static func fit(_ inputs: [Tensor], _ types: [TensorType]) -> Bool {
        guard inputs.count == types.count else { return false }
        for (input, type) in zip(inputs, types) {
            guard input.elementType == type.elementType, let shape = type.shape, shape.count == input.rank else {
                return false
            }
            for (extent, dimension) in zip(input.shape, shape) where dimension != .fixed(extent) { return false }
        }
        return true
    }

    /// The inputs' types with every dimension fixed. See ``NetworkInterface/concreteInputTypes(shapes:)``.
    public func concreteInputTypes(shapes: [String: [Int]] = [:]) throws -> [TensorType] {
        try interface.concreteInputTypes(shapes: shapes)
    }

    /// Sessions for `count` callers at once, this one first, all with the plan for these types.
    func callers(_ count: Int, types: [TensorType]) throws -> [InferenceSession] {
        _ = try prepare(types)
        while siblings.count < count - 1 { siblings.append(forAnotherCaller()) }
        let all = [self] + siblings.prefix(count - 1)
        for (index, session) in all.enumerated().dropFirst() where session.prepared.last?.types != types {
            if let compiled = prepared.last?.compiled {
                all[index].add(Session(plan: compiled.plan, pool: executor.pool), for: types)
            }
        }
        return Array(all)
    }
}
