public import ModelGraph
internal import TensorCore

/// ONNX `SequenceMap`: runs a subgraph on each element of a sequence and gathers what it gives as sequences.
///
/// Further inputs are sequences of the same length, gone through along with the first, or tensors that every round
/// takes as they are; the outer values that the subgraph captures come last.
public struct SequenceMap: SubgraphOperator {
    public static let name = "SequenceMap"

    public var body: Graph
    /// How many of the last inputs are captured outer values.
    public var captureCount: Int

    public init(body: Graph, captureCount: Int) {
        self.body = body
        self.captureCount = captureCount
    }

    private func bodyTypes(_ inputs: InferenceInputs) throws -> [ValueType] {
        _ = try inputs.sequenceElement(0)
        let own = inputs.count - captureCount
        return Subgraph.types(inputs, from: 0).enumerated().map { index, type in
            if index < own, case .sequence(let element) = type { element.withoutShapes } else { type }
        }
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try Subgraph.inferOutputs(of: body, bodyTypes(inputs)).map { .sequence($0) }
    }

    public func subgraphs(_ inputs: InferenceInputs) throws -> [(graph: Graph, inputTypes: [ValueType])] {
        [(body, try bodyTypes(inputs))]
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        let data = try Subgraph.data(inputs, from: 0)
        let count = try inputs.sequence(0).count
        let facts = InferenceInputs(
            types: data.map(\.type), constants: data.map { _ in nil }, outputCount: context.outputCount)
        let prepared = try context.prepare(body, number: 0, inputTypes: bodyTypes(facts))
        var results: [[Datum]] = body.outputs.map { _ in [] }
        for round in 0..<count {
            try context.countIteration()
            let arguments = try data.enumerated().map { index, datum in
                guard index < data.count - captureCount, case .sequence(let elements) = datum else { return datum }
                guard elements.count == count else {
                    throw OctetError(
                        .invalidData, "the sequences differ in length", expected: "\(count)",
                        found: "\(elements.count)")
                }
                return elements[round]
            }
            for (index, result) in try prepared.run(arguments).enumerated() {
                if let tensor = result.tensor { try context.reserve(tensor.elementType, shape: tensor.shape) }
                results[index].append(result)
            }
        }
        return results.map(Datum.sequence)
    }
}
