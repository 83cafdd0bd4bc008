public import ModelGraph
internal import Operators
internal import TensorCore

/// Computes nodes whose inputs are all constant, and the shape arithmetic that known shapes make constant.
///
/// Dequantization of constants stays: it is how a model says that its weights are integers. What would grow (a Tile of
/// a constant) is folded up to 16 MiB only.
public struct FoldConstants: GraphPass {
    public static let name = "fold constants"
    private static let growthLimit = 16 << 20

    public init() {}

    public func patch(for view: GraphView) throws -> GraphPatch? {
        var rewriting = Rewriting(Self.name, view)
        for id in view.order {
            let node = view.graph[id]
            guard let outputs = try contents(of: node, view), rewriting.claim([id]) else { continue }
            rewriting.remove(id)
            for (value, tensor) in outputs { rewriting.makeConstant(value, tensor) }
        }
        return rewriting.result
    }

    private func contents(of node: Node, _ view: GraphView) throws -> [(ValueID, Tensor)]? {
        guard let op = node.op.onTensors, !(op is Dequantize), !(op is DequantizeLinear),
            !node.inputs.isEmpty
        else { return nil }
        let outputs = node.outputs.compactMap { $0 }
        guard !outputs.isEmpty, !outputs.contains(where: view.isResult) else { return nil }
        let known = outputs.compactMap { output in view.known[output].map { (output, $0) } }
        if known.count == outputs.count { return known }

        var inputs: [Tensor?] = []
        for input in node.inputs {
            guard let input else {
                inputs.append(nil)
                continue
            }
            guard let constant = view.graph[input].constant, constant.quantization == nil else { return nil }
            inputs.append(constant)
        }
        var results: [Tensor?] = []
        let size = inputs.reduce(0) { $0 + ($1?.byteCount ?? 0) }
        for output in node.outputs {
            guard let output else {
                results.append(nil)
                continue
            }
            guard let type = view.graph[output].type.tensorType, type.quantization == nil,
                let shape = type.fixedShape, let count = Tensor.elementCount(of: shape),
                let bytes = type.elementType.byteCount(of: count), bytes <= max(size, Self.growthLimit)
            else { return nil }
            results.append(Tensor(type.elementType, shape: shape))
        }
        do {
            try op.checkSupport(
                InferenceInputs(
                    types: inputs.map { $0.map { .tensor($0.type) } }, constants: inputs,
                    outputCount: node.outputs.count))
            try op.evaluate(inputs, into: results)
        } catch let error as OctetError where error.kind == .unsupported {
            return nil
        } catch let error as OctetError {
            throw error.at(node: node.name, operatorName: node.op.name)
        }
        return zip(node.outputs, results).compactMap { value, tensor in
            if let value, let tensor { (value, tensor) } else { nil }
        }
    }
}
