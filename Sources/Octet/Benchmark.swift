public import Evaluation
internal import Foundation
internal import ModelGraph
public import Runtime
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
        /// Runs a second, one after the other.
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
    }

    /// - Parameter profile: also times every step by itself.
    public func run(path: String, profile: Bool = false) throws -> Result {
        var memory = MemoryProbe()
        let start = ContinuousClock.now
        let model = try Model(path: path)
        let session = try model.session(execution)
        let types = try session.concreteInputTypes(shapes: inputShapes)
        let ready = try session.prepare(types)
        let loadTime = start.duration(to: .now).milliseconds
        memory.sample()
        let inputs = RandomInputs(graph: session.graph, types: types).tensors
        let data = inputs.map(Datum.tensor)
        let firstStart = ContinuousClock.now
        _ = try ready.run(data)
        let firstTime = firstStart.duration(to: .now).milliseconds
        memory.sample()
        let compiled = ready as? Session
        let outputs = compiled?.plan.outputTypes.compactMap { type in
            type.fixedShape.map { Tensor(type.elementType, shape: $0) }
        }
        func once() throws {
            if let compiled, let outputs {
                try compiled.run(inputs: inputs, outputs: outputs)
            } else {
                _ = try ready.run(data)
            }
        }
        var times: [Double] = []
        let limit = iterations ?? .max
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        for _ in 0..<3 { try once() }
        while times.count < limit, iterations != nil || ContinuousClock.now < deadline || times.isEmpty {
            let begin = ContinuousClock.now
            try once()
            times.append(begin.duration(to: .now).milliseconds)
        }
        memory.sample()
        let total = times.reduce(0, +)
        guard let latency = LatencyStatistics(milliseconds: times) else {
            throw OctetError(.invalidArgument, "nothing was timed")
        }
        return Result(
            loadTime: loadTime, firstTime: firstTime, latency: latency,
            throughput: Double(times.count) / total * 1000, baseMemory: memory.base, peakMemory: memory.peak,
            threads: session.executor.pool?.threads ?? 1,
            instructionSet: session.executor.compiler.kernels.instructionSet.rawValue, runs: times.count,
            profile: profile ? try compiled.map { try steps(of: $0, inputs) } ?? [] : [], isCompiled: compiled != nil)
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
