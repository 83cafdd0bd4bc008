public import ModelGraph
internal import Operators
internal import TensorCore

/// Makes a Gemm of a product of matrices and the addition of a constant row.
public struct FuseMatMulAdd: GraphPass {
    public static let name = "fuse MatMul and Add"

    public init() {}

    public func patch(for view: GraphView) -> GraphPatch? {
        var rewriting = Rewriting(Self.name, view)
        for id in view.order {
            let node = view.graph[id]
            guard node.op is Addition, node.inputs.count == 2 else { continue }
            for (data, constant) in [(0, 1), (1, 0)] {
                guard let product = node.input(data), let producer = view.graph.producer(of: product),
                    view.graph[producer].op is MatrixMultiplication, view.onlyConsumer(of: product) == id,
                    view.rank(of: view.graph[producer].input(0)) == 2,
                    let weights = view.initializer(view.graph[producer], 1), weights.rank == 2,
                    weights.elementType == .float32, weights.quantization == nil, let biasID = node.input(constant),
                    let bias = row(view.initializer(node, constant), columns: weights.shape[1]),
                    rewriting.claim([id, producer])
                else { continue }
                let input: ValueID
                if bias.shape == view.graph[biasID].constant?.shape {
                    input = biasID
                } else {
                    input = rewriting.addConstant(like: biasID, "row", bias)
                }
                rewriting.remove(id)
                rewriting.replace(producer) { gemm in
                    gemm.op = Gemm()
                    gemm.inputs = Array(gemm.inputs.prefix(2)) + [input]
                    gemm.outputs = node.outputs
                }
                break
            }
        }
        return rewriting.result
    }

    /// The constant as one number a column, if that is what it adds to a matrix.
    private func row(_ tensor: Tensor?, columns: Int) -> Tensor? {
        guard let tensor, tensor.elementType == .float32, tensor.rank <= 2 else { return nil }
        if tensor.count == 1, columns != 1 || tensor.rank != 1 {
            let value = tensor.elements(as: Float.self)[0]
            return Tensor(Array(repeating: value, count: columns), shape: [columns])
        }
        guard tensor.shape == [columns] || tensor.shape == [1, columns] else { return nil }
        return tensor.reshaped([columns])
    }
}
