public import ModelGraph
internal import TensorCore

/// ONNX `Loop`: runs a subgraph again and again.
///
/// Inputs: the greatest number of rounds, the first condition (both may be left out), the first values of what is
/// carried from round to round, then the outer values that the subgraph captures. The subgraph takes the number of
/// the round, the condition, what is carried and the captures; it gives the next condition, what is carried on, and
/// what is gathered from all rounds.
public struct Loop: SubgraphOperator {
    public static let name = "Loop"

    public var body: Graph
    /// How many of the last inputs are captured outer values.
    public var captureCount: Int

    public init(body: Graph, captureCount: Int) {
        self.body = body
        self.captureCount = captureCount
    }

    private var carriedCount: Int { max(0, body.inputs.count - 2 - captureCount) }

    /// The types of the subgraph's inputs in the first round.
    private func firstTypes(_ inputs: InferenceInputs) throws -> [ValueType] {
        guard inputs.count == body.inputs.count, body.outputs.count > carriedCount else {
            throw OctetError(
                .invalidModel, "the subgraph does not fit the loop",
                expected: "\(max(0, inputs.count - 2 - captureCount)) values carried from round to round",
                found: "\(carriedCount), and \(body.outputs.count) outputs")
        }
        return [.tensor(.int64, []), .tensor(.bool, [])] + Subgraph.types(inputs, from: 2)
    }

    /// Types of the subgraph's inputs and outputs that hold in every round.
    private func types(_ inputs: InferenceInputs) throws -> (inputs: [ValueType], outputs: [ValueType]) {
        var types = try firstTypes(inputs)
        let carried = 2..<2 + carriedCount
        if let outputs = try? Subgraph.inferOutputs(of: body, types),
            zip(types[carried], outputs[1...]).allSatisfy({ $0 == $1 })
        {
            return (types, outputs)
        }
        for index in carried { types[index] = types[index].withoutShapes }
        return (types, try Subgraph.inferOutputs(of: body, types))
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let first = try firstTypes(inputs)
        let found = try types(inputs).outputs
        let carried = zip(first[2..<2 + carriedCount], found[1...]).map { $0.common(with: $1) }
        return carried + found[(1 + carriedCount)...].map { $0.gathered(axis: 0) }
    }

    public func subgraphs(_ inputs: InferenceInputs) throws -> [(graph: Graph, inputTypes: [ValueType])] {
        [(body, try types(inputs).inputs)]
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        let facts = InferenceInputs(
            types: inputs.map { $0?.type }, constants: inputs.map { _ in nil }, outputCount: context.outputCount)
        let types = try types(facts)
        let prepared = try context.prepare(body, number: 0, inputTypes: types.inputs)
        let limit = try integer(inputs, 0)
        var continues = try integer(inputs, 1) ?? 1 != 0
        var carried = try Subgraph.data(Array(inputs[..<(2 + carriedCount)]), from: 2)
        let captures = try Subgraph.data(inputs, from: 2 + carriedCount)
        var gathered = types.outputs[(1 + carriedCount)...].map { _ in TensorStack() }
        var round = 0
        while continues, limit.map({ round < $0 }) ?? true {
            try context.countIteration()
            let fixed = [Datum.tensor(Tensor(scalar: Int64(round))), .tensor(Tensor(scalar: true))]
            let results = try prepared.run(fixed + carried + captures)
            continues = results[0].tensor?.integers?.first ?? 0 != 0
            carried = Array(results[1..<1 + carriedCount])
            for index in gathered.indices { try gathered[index].append(results[1 + carriedCount + index], context) }
            round += 1
        }
        return try carried
            + zip(gathered, types.outputs[(1 + carriedCount)...]).map {
                .tensor(try $0.stacked(axis: 0, empty: $1, context))
            }
    }

    private func integer(_ inputs: [Datum?], _ index: Int) throws -> Int? {
        guard index < inputs.count, inputs[index] != nil else { return nil }
        return try inputs.tensor(index).integers?.first
    }
}

extension ValueType {
    /// The type of what a loop gathers from values of this type.
    func gathered(axis: Int) -> ValueType {
        guard let type = tensorType else { return .unknown }
        guard var shape = type.shape else { return .tensor(type.elementType, nil) }
        guard let place = try? Shapes.axis(axis, rank: shape.count + 1) else { return .unknown }
        shape.insert(.unknown, at: place)
        return .tensor(type.elementType, shape)
    }
}
