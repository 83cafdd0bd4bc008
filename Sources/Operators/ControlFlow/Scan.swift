public import ModelGraph
internal import TensorCore

/// ONNX `Scan`: runs a subgraph over the slices of tensors, carrying a state from slice to slice.
///
/// Inputs: the first states, the tensors to scan, then the outer values that the subgraph captures. The subgraph takes
/// the states, one slice of each scanned tensor and the captures; it gives the next states and what is gathered.
public struct Scan: SubgraphOperator {
    public static let name = "Scan"

    /// How one scanned or gathered tensor is gone through.
    public struct Direction: Sendable, Hashable {
        public var axis: Int
        public var isReversed: Bool

        public init(axis: Int = 0, isReversed: Bool = false) {
            self.axis = axis
            self.isReversed = isReversed
        }
    }

    public var body: Graph
    /// One for each scanned tensor.
    public var scanned: [Direction]
    /// One for each gathered tensor.
    public var gathered: [Direction]
    /// How many of the last inputs are captured outer values.
    public var captureCount: Int

    public init(body: Graph, scanned: [Direction], gathered: [Direction], captureCount: Int) {
        self.body = body
        self.scanned = scanned
        self.gathered = gathered
        self.captureCount = captureCount
    }

    private var stateCount: Int { max(0, body.inputs.count - scanned.count - captureCount) }

    private func checkCounts(_ inputCount: Int) throws {
        guard inputCount == body.inputs.count, inputCount >= scanned.count + captureCount, !scanned.isEmpty,
            body.outputs.count == stateCount + gathered.count
        else {
            throw OctetError(
                .invalidModel, "the subgraph does not fit the scan",
                expected: "\(inputCount) inputs and \(stateCount + gathered.count) outputs",
                found: "\(body.inputs.count) and \(body.outputs.count)")
        }
    }

    /// Types of the subgraph's inputs and outputs that hold for every slice, and the number of slices.
    private func types(
        _ inputs: InferenceInputs
    ) throws -> (inputs: [ValueType], outputs: [ValueType], count: Dimension) {
        try checkCounts(inputs.count)
        var types = Subgraph.types(inputs, from: 0)
        var count = Dimension.unknown
        for (index, direction) in scanned.enumerated() {
            guard let type = types[stateCount + index].tensorType, var shape = type.shape else {
                types[stateCount + index] = types[stateCount + index].withoutShapes
                continue
            }
            let extent = shape.remove(at: try Shapes.axis(direction.axis, rank: shape.count))
            if let known = count.value, let other = extent.value, known != other {
                throw OctetError(
                    .invalidModel, "the scanned inputs have different lengths", expected: "\(known)", found: "\(other)")
            }
            if count.value == nil { count = extent }
            types[stateCount + index] = .tensor(type.elementType, shape)
        }
        if let outputs = try? Subgraph.inferOutputs(of: body, types),
            zip(types[..<stateCount], outputs).allSatisfy({ $0 == $1 })
        {
            return (types, outputs, count)
        }
        for index in 0..<stateCount { types[index] = types[index].withoutShapes }
        return (types, try Subgraph.inferOutputs(of: body, types), count)
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let (_, found, count) = try types(inputs)
        let states = zip(Subgraph.types(inputs, from: 0), found[..<stateCount]).map { $0.common(with: $1) }
        return try states
            + zip(found[stateCount...], gathered).map { type, direction in
                guard let tensor = type.tensorType, var shape = tensor.shape else { return type.withoutShapes }
                shape.insert(count, at: try Shapes.axis(direction.axis, rank: shape.count + 1))
                return .tensor(tensor.elementType, shape)
            }
    }

    public func subgraphs(_ inputs: InferenceInputs) throws -> [(graph: Graph, inputTypes: [ValueType])] {
        [(body, try types(inputs).inputs)]
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        let facts = InferenceInputs(
            types: inputs.map { $0?.type }, constants: inputs.map { _ in nil }, outputCount: context.outputCount)
        let types = try types(facts)
        let prepared = try context.prepare(body, number: 0, inputTypes: types.inputs)
        var states = try Subgraph.data(Array(inputs[..<stateCount]), from: 0)
        let sources = try scanned.indices.map { try inputs.tensor(stateCount + $0) }
        let axes = try zip(scanned, sources).map { try Shapes.axis($0.axis, rank: $1.rank) }
        let captures = try Subgraph.data(inputs, from: stateCount + scanned.count)
        var stacks = gathered.map { _ in TensorStack() }
        let count = types.count.value ?? 0
        for round in 0..<count {
            try context.countIteration()
            let slices = try sources.indices.map { index in
                let place = scanned[index].isReversed ? count - 1 - round : round
                return Datum.tensor(try sources[index].slice(axis: axes[index], index: place))
            }
            let results = try prepared.run(states + slices + captures)
            states = Array(results[..<stateCount])
            for index in stacks.indices { try stacks[index].append(results[stateCount + index], context) }
        }
        return try states
            + stacks.indices.map { index in
                .tensor(
                    try stacks[index].stacked(
                        axis: gathered[index].axis, reversed: gathered[index].isReversed,
                        empty: types.outputs[stateCount + index], context))
            }
    }
}
