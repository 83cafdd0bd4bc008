internal import ModelGraph
internal import Operators
internal import TensorCore

extension OnnxOperatorTable {
    static let arithmeticRows: [OnnxOperatorRow] = [
        plain { Addition() }, plain { Subtraction() }, plain { Multiplication() }, plain { Division() },
        plain { Power() }, plain { Minimum() }, plain { Maximum() }, plain { Sum() }, plain { Mean() },
        OnnxOperatorRow("Mod", Modulo.self) { node in
            Modulo(usesDividendSign: try node.takeFlag("fmod") ?? false)
        } write: { op, node in
            node.put("fmod", op.usesDividendSign, unless: false)
        },
    ]

    static let functionRows: [OnnxOperatorRow] = [
        plain { Exponential() }, plain { Logarithm() }, plain { SquareRoot() }, plain { Reciprocal() },
        plain { ErrorFunction() }, plain { HyperbolicTangent() }, plain { Floor() }, plain { Ceiling() },
        plain { Round() }, plain { Sine() }, plain { Cosine() }, plain { Tangent() }, plain { ArcSine() },
        plain { ArcCosine() }, plain { ArcTangent() }, plain { HyperbolicSine() }, plain { HyperbolicCosine() },
        plain { InverseHyperbolicSine() }, plain { InverseHyperbolicCosine() }, plain { InverseHyperbolicTangent() },
        plain { Absolute() }, plain { Negative() }, plain { Sign() },
    ]

    static let logicRows: [OnnxOperatorRow] = [
        plain { And() }, plain { Or() }, plain { Xor() }, plain { Not() }, plain { BitwiseNot() }, plain { Equal() },
        plain { Greater() }, plain { GreaterOrEqual() }, plain { Less() }, plain { LessOrEqual() }, plain { Where() },
        plain { BitwiseAnd() }, plain { BitwiseOr() }, plain { BitwiseXor() }, plain { IsNaN() },
        OnnxOperatorRow("BitShift", BitShift.self) { node in
            switch try node.takeString("direction") {
            case "LEFT"?: BitShift(shiftsLeft: true)
            case "RIGHT"?: BitShift(shiftsLeft: false)
            default: throw OctetError(.invalidModel, "attribute 'direction' must be LEFT or RIGHT")
            }
        } write: { op, node in
            node.attributes["direction"] = .string(Array((op.shiftsLeft ? "LEFT" : "RIGHT").utf8))
        },
        OnnxOperatorRow("IsInf", IsInfinite.self) { node in
            IsInfinite(
                detectsNegative: try node.takeFlag("detect_negative") ?? true,
                detectsPositive: try node.takeFlag("detect_positive") ?? true)
        } write: { op, node in
            node.put("detect_negative", op.detectsNegative, unless: true)
            node.put("detect_positive", op.detectsPositive, unless: true)
        },
    ]
}
