public import Evaluation
internal import Foundation
internal import ModelGraph
public import Runtime
internal import Synchronization
internal import TensorCore

/// Times a network on seeded random data: loading, the first run, and many runs.
public struct Benchmark: Sendable {
    public var execution = ExecutionOptions()
    /// Runs for about this long when ``iterations`` is nil.
    public var seconds = 2.0
    public var iterations: Int?
    /// Shapes for inputs by name; a dimension that is still open becomes 1.
    public var inputShapes: [String: [Int]] = [:]

    public init() {}

    /// What was measured. Times in milliseconds, memory in MB (10⁶ bytes) of private (anonymous) pages.
    public struct Result: Sendable {
        /// From opening the file to the plan being ready.
        public var loadTime: Double
        public var firstTime: Double
        public var latency: LatencyStatistics
        /// Runs a second.
        public var throughput: Double
        public var baseMemory: Double
        public var peakMemory: Double
        public var threads: Int
        public var instructionSet: String
        /// Runs that were timed.
        public var runs: Int
        /// One entry a step when profiling was asked for: the median of its times in microseconds.
        public var profile: [(step: StepDescription, microseconds: Double)]
        /// False when the network was interpreted instead of compiled.
        public var isCompiled: Bool
        public var cacheUse: InferenceSession.CacheUse
    }

    /// - Parameter profile: also times every step by itself.
    public func run(path: String, profile: Bool = false) throws -> Result {
        var memory = MemoryProbe()
        let start = ContinuousClock.now
        let session = try Model.session(path: path, execution)
        let types = try session.concreteInputTypes(shapes: inputShapes)
        let ready = try session.prepare(types)
        let loadTime = start.duration(to: .now).milliseconds
        memory.sample()
        let inputs = try randomInputs(session, types)
        let data = inputs.map(Datum.tensor)
        let firstStart = ContinuousClock.now
        _ = try ready.run(data)
        let firstTime = firstStart.duration(to: .now).milliseconds
        memory.sample()
        let (times, elapsed) = try timings(session, inputs)
        memory.sample()
        let compiled = ready as? Session
        guard let latency = LatencyStatistics(milliseconds: times) else {
            throw OctetError(.invalidArgument, "nothing was timed")
        }
        return Result(
            loadTime: loadTime, firstTime: firstTime, latency: latency,
            throughput: Double(times.count) / elapsed * 1000, baseMemory: memory.base, peakMemory: memory.peak,
            threads: session.lanes?.threads ?? session.executor.pool?.threads ?? 1,
            instructionSet: session.executor.compiler.kernels.instructionSet.rawValue, runs: times.count,
            profile: profile ? try compiled.map { try steps(of: $0, inputs) } ?? [] : [], isCompiled: compiled != nil,
            cacheUse: session.cacheUse)
    }

    /// Only inputs of IDs need the network itself.
    private func randomInputs(_ session: InferenceSession, _ types: [TensorType]) throws -> [Tensor] {
        guard types.contains(where: { $0.elementType == .int32 || $0.elementType == .int64 }) else {
            return RandomInputs(types: types, vocabularies: types.map { _ in nil }).tensors
        }
        return RandomInputs(graph: try session.graph, types: types).tensors
    }

    // MARK: Timing

    /// The times of all runs, and how long they took together: less than their sum when they ran side by side.
    private func timings(_ session: InferenceSession, _ inputs: [Tensor]) throws -> (times: [Double], elapsed: Double) {
        let lanes = session.lanes?.threads ?? 1
        nonisolated(unsafe) let callers = try session.callers(lanes, types: inputs.map(\.type))
        let results = Mutex([Swift.Result<[Double], any Error>](repeating: .success([]), count: lanes))
        let left = Atomic(iterations ?? .max)
        let start = ContinuousClock.now
        let deadline = start.advanced(by: .seconds(seconds))
        let measure: @Sendable (Int) -> Void = { lane in
            let times = Swift.Result {
                try time(callers[lane], inputs) { count in
                    guard left.subtract(1, ordering: .relaxed).newValue >= 0 else { return false }
                    return iterations != nil || ContinuousClock.now < deadline || count == 0
                }
            }
            results.withLock { $0[lane] = times }
        }
        if let pool = session.lanes { pool.concurrently(lanes, measure) } else { measure(0) }
        let times = try results.withLock { try $0.flatMap { try $0.get() } }
        return (times, session.lanes == nil ? times.reduce(0, +) : start.duration(to: .now).milliseconds)
    }

    private func time(
        _ session: InferenceSession, _ inputs: [Tensor], while goesOn: (Int) -> Bool
    ) throws -> [Double] {
        let ready = try session.prepare(inputs.map(\.type))
        let data = inputs.map(Datum.tensor)
        let outputs = ready is Session ? try session.outputs(for: inputs) : []
        func once() throws {
            if let compiled = ready as? Session {
                try compiled.run(inputs: inputs, outputs: outputs)
            } else {
                _ = try ready.run(data)
            }
        }
        for _ in 0..<3 { try once() }
        var times: [Double] = []
        while goesOn(times.count) {
            let begin = ContinuousClock.now
            try once()
            times.append(begin.duration(to: .now).milliseconds)
        }
        return times
    }

    private func steps(of session: Session, _ inputs: [Tensor]) throws -> [(
        step: StepDescription, microseconds: Double
    )] {
        let runs = try (0..<25).map { _ in try session.profile(inputs: inputs) }
        return session.plan.stepDescriptions.enumerated().map { index, step in
            let times = runs.map { Double($0[index]) / 1000 }.sorted()
            return (step, times[times.count / 2])
        }
    }
}

extension Duration {
    /// The duration in milliseconds.
    var milliseconds: Double {
        Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15
    }
}
