public import ModelGraph
public import TensorCore

extension Graph {
    /// The quantization rule of a node, seen as it would be in a float graph: quantized inputs count as float32.
    ///
    /// - Parameter constants: the contents of an input where they are not those of a constant value of the graph.
    /// - Returns: `nil` when the operator or this use of it has no integer form.
    public func quantizationRule(
        of node: Node, constants: (ValueID) -> Tensor? = { _ in nil }
    ) -> QuantizationRule? {
        guard let op = node.op.quantizable else { return nil }
        let types = node.inputs.map { input -> ValueType? in
            guard let type = input.map({ self[$0].type }) else { return nil }
            guard let tensor = type.tensorType, tensor.quantization != nil else { return type }
            return .tensor(.float32, tensor.shape)
        }
        let contents = node.inputs.map { $0.flatMap { self[$0].constant ?? constants($0) } }
        return op.quantizationRule(
            InferenceInputs(types: types, constants: contents, outputCount: node.outputs.count))
    }
}
