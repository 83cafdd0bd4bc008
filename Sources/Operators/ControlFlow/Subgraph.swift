internal import ModelGraph
internal import TensorCore

/// What operators that own graphs have in common.
enum Subgraph {
    /// The types of a subgraph's outputs from those of its inputs.
    /// - Throws: `invalidModel` when the number of inputs is not the subgraph's, or types contradict inside it.
    static func inferOutputs(of graph: Graph, _ inputTypes: [ValueType]) throws -> [ValueType] {
        guard graph.inputs.count == inputTypes.count else {
            throw OctetError(
                .invalidModel, "the subgraph '\(graph.name)' has another number of inputs than the operator gives it",
                expected: "\(inputTypes.count)", found: "\(graph.inputs.count)")
        }
        var typed = graph
        try typed.inferTypes(inputTypes: inputTypes)
        return typed.outputs.map { typed[$0].type }
    }

    /// The types of a node's inputs from `index` on.
    static func types(_ inputs: InferenceInputs, from index: Int) -> [ValueType] {
        inputs.types.dropFirst(index).map { $0 ?? .unknown }
    }

    /// A node's inputs from `index` on.
    /// - Throws: `invalidModel` when one is left out.
    static func data(_ inputs: [Datum?], from index: Int) throws -> [Datum] {
        try inputs.dropFirst(index).map { datum in
            guard let datum else { throw OctetError(.invalidModel, "an input of a subgraph is missing") }
            return datum
        }
    }
}

/// Tensors of one type and shape that become a tensor with one axis more, as Loop and Scan gather what each round
/// gives.
struct TensorStack {
    private var tensors: [Tensor] = []

    /// - Throws: `invalidData` when the tensor has another type or shape than those before; `resourceLimit`.
    mutating func append(_ datum: Datum, _ context: any EvaluationContext) throws {
        guard let tensor = datum.tensor else {
            throw OctetError(.invalidModel, "what a loop gathers must be tensors", found: "\(datum.type)")
        }
        if let first = tensors.first, first.type != tensor.type {
            throw OctetError(
                .invalidData, "the rounds of a loop give tensors of different shapes", expected: "\(first.type)",
                found: "\(tensor.type)")
        }
        try context.reserve(tensor.elementType, shape: tensor.shape)
        tensors.append(tensor)
    }

    /// The tensors side by side along a new axis.
    /// - Parameter empty: the type of what would have been appended, for when nothing was.
    func stacked(axis: Int, reversed: Bool = false, empty: ValueType, _ context: any EvaluationContext) throws -> Tensor
    {
        guard let first = tensors.first else {
            guard let type = empty.tensorType else {
                throw OctetError(.invalidModel, "the type of what a loop gathers cannot be inferred")
            }
            var shape = (type.shape ?? []).map { $0.value ?? 0 }
            shape.insert(0, at: try Shapes.axis(axis, rank: shape.count + 1))
            try context.reserve(type.elementType, shape: shape)
            return Tensor(type.elementType, shape: shape)
        }
        let axis = try Shapes.axis(axis, rank: first.rank + 1)
        var shape = first.shape
        shape.insert(tensors.count, at: axis)
        try context.reserve(first.elementType, shape: shape)
        let result = Tensor(first.elementType, shape: shape)
        var strides = Tensor.rowMajorStrides(shape)
        let step = strides.remove(at: axis)
        let nest = LoopNest(first.shape, strides: [Tensor.rowMajorStrides(first.shape), strides])
        for (index, tensor) in (reversed ? tensors.reversed() : tensors).enumerated() {
            try nest.copy(from: tensor, to: result, targetOrigin: index * step)
        }
        return result
    }
}

extension Tensor {
    /// The slice at `index` of `axis`, without that axis.
    func slice(axis: Int, index: Int) throws -> Tensor {
        var shape = shape
        shape[axis] = 1
        let result = Tensor(elementType, shape: shape)
        try Gather.gather(self, axis: axis, places: [index], into: result)
        shape.remove(at: axis)
        return result.reshaped(shape)
    }
}
