internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let activationRows: [OnnxOperatorRow] = [
        plain { Relu() }, plain { Sigmoid() }, plain { HardSwish() }, plain { Softplus() },
        plain { Softsign() }, plain { Mish() },
        OnnxOperatorRow("PRelu", ParametricRelu.self) { node in
            if node.version < 7, node.constantInput(1)?.count != 1 {
                throw node.unsupported("PRelu with slopes per channel as before operator set 7 is not known")
            }
            return ParametricRelu()
        },
        alphaRow(LeakyRelu.self, \.alpha, 0.01) { LeakyRelu(alpha: $0) },
        alphaRow(ThresholdedRelu.self, \.alpha, 1) { ThresholdedRelu(alpha: $0) },
        alphaRow(Elu.self, \.alpha, 1) { Elu(alpha: $0) },
        alphaRow(Celu.self, \.alpha, 1) { Celu(alpha: $0) },
        alphaRow(Swish.self, \.alpha, 1) { Swish(alpha: $0) },
        OnnxOperatorRow("Selu", Selu.self) { node in
            let standard = Selu()
            return Selu(
                alpha: try node.takeFloat("alpha") ?? standard.alpha,
                gamma: try node.takeFloat("gamma") ?? standard.gamma)
        } write: { op, node in
            node.attributes["alpha"] = .float(op.alpha)
            node.attributes["gamma"] = .float(op.gamma)
        },
        OnnxOperatorRow("HardSigmoid", HardSigmoid.self) { node in
            HardSigmoid(alpha: try node.takeFloat("alpha") ?? 0.2, beta: try node.takeFloat("beta") ?? 0.5)
        } write: { op, node in
            node.attributes["alpha"] = .float(op.alpha)
            node.attributes["beta"] = .float(op.beta)
        },
        OnnxOperatorRow("Shrink", Shrink.self) { node in
            Shrink(bias: try node.takeFloat("bias") ?? 0, lambda: try node.takeFloat("lambd") ?? 0.5)
        } write: { op, node in
            node.attributes["bias"] = .float(op.bias)
            node.attributes["lambd"] = .float(op.lambda)
        },
        OnnxOperatorRow("Gelu", Gelu.self) { node in
            switch try node.takeString("approximate") ?? "none" {
            case "none": Gelu()
            case "tanh": Gelu(isTanhApproximation: true)
            default: throw node.unsupported("attribute 'approximate' is unknown")
            }
        } write: { op, node in
            if op.isTanhApproximation { node.attributes["approximate"] = .string(Array("tanh".utf8)) }
        },
        OnnxOperatorRow("Clip", Clip.self) { node in
            if node.version < 11 {
                try node.moveFloatToInput("min", 1)
                try node.moveFloatToInput("max", 2)
            }
            return Clip()
        } write: { _, node in
            if node.version < 11 {
                try node.moveInputToFloat(2, "max")
                try node.moveInputToFloat(1, "min")
            } else {
                node.matchElementType(ofInput: 1, suffix: "min")
                node.matchElementType(ofInput: 2, suffix: "max")
            }
        },
    ]

    private static func alphaRow<Op: Operator>(
        _ type: Op.Type, _ alpha: any KeyPath<Op, Float> & Sendable, _ standard: Float,
        _ make: @escaping @Sendable (Float) -> Op
    ) -> OnnxOperatorRow {
        OnnxOperatorRow(Op.name, type) { node in
            make(try node.takeFloat("alpha") ?? standard)
        } write: { op, node in
            node.attributes["alpha"] = .float(op[keyPath: alpha])
        }
    }
}
