internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let matrixRows: [OnnxOperatorRow] = [
        plain { MatrixMultiplication() },
        OnnxOperatorRow("Gemm", Gemm.self) { node in
            Gemm(
                alpha: try node.takeFloat("alpha") ?? 1, beta: try node.takeFloat("beta") ?? 1,
                transposesA: try node.takeFlag("transA") ?? false, transposesB: try node.takeFlag("transB") ?? false)
        } write: { op, node in
            if op.alpha != 1 { node.attributes["alpha"] = .float(op.alpha) }
            if op.beta != 1 { node.attributes["beta"] = .float(op.beta) }
            node.put("transA", op.transposesA, unless: false)
            node.put("transB", op.transposesB, unless: false)
            if node.inputs.count < 3 { node.requireVersion(11) }
        },
        OnnxOperatorRow("Einsum", Einsum.self) { node in
            guard let equation = try node.takeString("equation") else {
                throw OctetError(.invalidModel, "attribute 'equation' is missing")
            }
            return Einsum(equation: equation)
        } write: { op, node in
            node.attributes["equation"] = .string(Array(op.equation.utf8))
        },
    ]
}
