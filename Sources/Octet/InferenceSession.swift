public import Datasets
public import ModelGraph
public import Runtime
public import TensorCore

/// Runs a network on named tensors. It is compiled for the input shapes it meets and keeps the last few plans.
///
/// A session belongs to one caller at a time.
public final class InferenceSession {
    public let graph: Graph
    public let executor: CompiledExecutor
    private var prepared: [(types: [TensorType], graph: any PreparedGraph)] = []
    private let cacheLimit = 4

    init(graph: Graph, executor: CompiledExecutor) {
        self.graph = graph
        self.executor = executor
    }

    public var inputNames: [String] { graph.inputs.map { graph[$0].name } }
    public var outputNames: [String] { graph.outputs.map { graph[$0].name } }

    /// Runs once.
    /// - Parameter inputs: a tensor for each input of the network, by name.
    /// - Returns: the outputs by name.
    /// - Throws: `invalidArgument` for a missing or surplus input, or one of the wrong type or shape.
    public func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
        let ordered = try inputTensors(inputs)
        let results = try prepare(ordered.map(\.type)).run(ordered.map(Datum.tensor))
        var outputs: [String: Tensor] = [:]
        for (name, result) in zip(outputNames, results) {
            guard let tensor = result.tensor else {
                throw OctetError(.unsupported, "output '\(name)' is no tensor", found: "\(result.type)")
            }
            outputs[name] = tensor
        }
        return outputs
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
        let ready = try executor.prepare(graph, inputTypes: types)
        prepared.append((types, ready))
        if prepared.count > cacheLimit { prepared.removeFirst() }
        return ready
    }

    /// The tensors in the order of the graph's inputs, checked against what it declares.
    public func inputTensors(_ inputs: [String: Tensor]) throws -> [Tensor] {
        let names = inputNames
        if let surplus = inputs.keys.filter({ !names.contains($0) }).min() {
            throw OctetError(
                .invalidArgument, "the network has no input '\(surplus)'",
                expected: names.joined(separator: ", "), found: surplus)
        }
        return try graph.inputs.map { id in
            guard let tensor = inputs[graph[id].name] else {
                throw OctetError(.invalidArgument, "input '\(graph[id].name)' is missing")
            }
            try Self.check(tensor, against: graph[id])
            return tensor
        }
    }

    private static func check(_ tensor: Tensor, against value: Value) throws {
        guard let type = value.type.tensorType else { return }
        let fits =
            type.elementType == tensor.elementType
            && (type.shape.map { shape in
                shape.count == tensor.rank
                    && zip(shape, tensor.shape).allSatisfy { $0.value == nil || $0.value == $1 }
            } ?? true)
        guard fits else {
            throw OctetError(
                .invalidArgument, "input '\(value.name)' has the wrong type", expected: "\(type)",
                found: "\(tensor.type)")
        }
    }
}

extension InferenceSession {
    /// The inputs' types with every dimension fixed.
    /// - Parameter shapes: shapes by input name, for dimensions that the model leaves open; an open dimension that no
    ///   shape covers becomes 1.
    /// - Throws: `invalidArgument` for a name that is no input, a shape that contradicts the model, or an input whose
    ///   rank is not known.
    public func concreteInputTypes(shapes: [String: [Int]] = [:]) throws -> [TensorType] {
        try graph.concreteInputTypes(shapes: shapes)
    }
}

extension Graph {
    /// The inputs' types with every dimension fixed. See ``InferenceSession/concreteInputTypes(shapes:)``.
    public func concreteInputTypes(shapes: [String: [Int]]) throws -> [TensorType] {
        let names = inputs.map { self[$0].name }
        if let stranger = shapes.keys.filter({ !names.contains($0) }).min() {
            throw OctetError(
                .invalidArgument, "the network has no input '\(stranger)'", expected: names.joined(separator: ", "))
        }
        return try inputs.map { id in
            guard var type = self[id].type.tensorType else {
                throw OctetError(.unsupported, "input '\(self[id].name)' is no tensor", found: "\(self[id].type)")
            }
            guard let pinned = shapes[self[id].name] else {
                guard let shape = type.shape else {
                    throw OctetError(
                        .invalidArgument, "the shape of input '\(self[id].name)' is not known",
                        remedy: "Give it with --input-shape \(self[id].name)=…")
                }
                type.shape = shape.map { .fixed($0.value ?? 1) }
                return type
            }
            let fits =
                type.shape.map { $0.count == pinned.count && zip($0, pinned).allSatisfy { $0.value ?? $1 == $1 } }
                ?? true
            guard fits, pinned.allSatisfy({ $0 >= 1 }) else {
                throw OctetError(
                    .invalidArgument, "the shape given for input '\(self[id].name)' does not fit the model",
                    expected: "\(type)", found: "\(pinned)")
            }
            type.shape = pinned.map(Dimension.fixed)
            return type
        }
    }
}
