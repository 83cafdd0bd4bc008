public import Datasets
public import ModelGraph
public import TensorCore

extension ModelComparison {
    /// Runs both graphs on each sample and compares every tensor whose name both have; quantized ones by the reals
    /// they stand for. Only one sample's tensors are held at a time.
    /// - Parameters:
    ///   - executor: runs the candidate.
    ///   - referenceExecutor: runs the reference; `nil` for the same executor.
    ///   - samples: how many to take, spread evenly; `nil` for all.
    ///   - progress: where to say how far it is; `nil` for nowhere.
    /// - Throws: `invalidModel` when the graphs have different numbers of outputs; whatever reading and running throw.
    public static func run(
        reference: Graph, candidate: Graph, executor: any Executor, referenceExecutor: (any Executor)? = nil,
        data: any Dataset, samples: Int? = nil, progress: ProgressMeter.Sink? = nil
    ) throws -> ModelComparison {
        guard reference.outputs.count == candidate.outputs.count else {
            throw OctetError(
                .invalidModel, "the two models cannot be compared",
                expected: "\(reference.outputs.count) outputs", found: "\(candidate.outputs.count)")
        }
        let pairs = Pairing(reference, candidate)
        let original = SampleRunner(
            reference, executor: referenceExecutor ?? executor, keeping: Set(pairs.references.keys))
        let other = SampleRunner(candidate, executor: executor, keeping: Set(pairs.candidates.keys))
        var errors = Array(repeating: SignalError(), count: pairs.names.count)
        var outputErrors = Array(repeating: SignalError(), count: reference.outputs.count)
        var skipped: [String] = []
        let meter = ProgressMeter("Comparing", total: min(samples ?? data.count, data.count), sink: progress)
        let count = try data.forEachSample(
            samples, skipped: { skipped.append($0.name) },
            body: { sample in
                var expected: [Int: [Float]] = [:]
                let results = try original.run(sample) { value, tensor in
                    if let index = pairs.references[value] { expected[index] = tensor.reals }
                }
                let found = try other.run(sample) { value, tensor in
                    guard let index = pairs.candidates[value], let reference = expected.removeValue(forKey: index),
                        let reals = tensor.reals, reals.count == reference.count
                    else { return }
                    errors[index].add(reference: reference, signal: reals)
                }
                for (index, pair) in zip(results, found).enumerated() {
                    guard let reference = pair.0.tensor?.reals, let reals = pair.1.tensor?.reals else { continue }
                    guard reference.count == reals.count else {
                        throw OctetError(
                            .invalidModel, "output \(index) differs in shape between the models",
                            expected: "\(pair.0.type)", found: "\(pair.1.type)")
                    }
                    outputErrors[index].add(reference: reference, signal: reals)
                }
                meter.advance()
            })
        meter.finish()
        return ModelComparison(
            tensors: zip(pairs.names, errors).filter { $1.count > 0 }.map { Row(name: $0, error: $1) },
            outputs: zip(reference.outputs, outputErrors).map { Row(name: reference[$0].name, error: $1) },
            samples: count, skipped: skipped)
    }

    /// The values that two graphs have under the same name, numbered.
    private struct Pairing {
        private(set) var names: [String] = []
        private(set) var references: [ValueID: Int] = [:]
        private(set) var candidates: [ValueID: Int] = [:]

        init(_ reference: Graph, _ candidate: Graph) {
            let known = Dictionary(
                Self.results(of: candidate).map { (candidate[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
            var used: Set<String> = []
            for value in Self.results(of: reference) {
                let name = reference[value].name
                guard let other = known[name], used.insert(name).inserted else { continue }
                references[value] = names.count
                candidates[other] = names.count
                names.append(name)
            }
        }

        private static func results(of graph: Graph) -> [ValueID] {
            graph.nodeIDs.flatMap { graph[$0].outputs.compactMap { $0 } }.filter { !graph[$0].name.isEmpty }
        }
    }
}
