internal import Foundation

/// An activation function inside a recurrent layer, by ONNX's name, with its parameters.
public struct RecurrentActivation: Sendable, Hashable {
    public enum Function: String, Sendable, CaseIterable {
        case relu = "Relu"
        case tanh = "Tanh"
        case sigmoid = "Sigmoid"
        case affine = "Affine"
        case leakyRelu = "LeakyRelu"
        case thresholdedRelu = "ThresholdedRelu"
        case scaledTanh = "ScaledTanh"
        case hardSigmoid = "HardSigmoid"
        case elu = "Elu"
        case softsign = "Softsign"
        case softplus = "Softplus"

        /// The parameters where a file says none.
        var standard: (alpha: Float, beta: Float) {
            switch self {
            case .affine, .scaledTanh, .thresholdedRelu, .elu: (1, 0)
            case .leakyRelu: (0.01, 0)
            case .hardSigmoid: (0.2, 0.5)
            default: (0, 0)
            }
        }

        /// Whether a list of alphas, and one of betas, holds an entry for it.
        public var parameters: (takesAlpha: Bool, takesBeta: Bool) {
            switch self {
            case .affine, .scaledTanh, .hardSigmoid: (true, true)
            case .leakyRelu, .thresholdedRelu, .elu: (true, false)
            default: (false, false)
            }
        }
    }

    public var function: Function
    public var alpha: Float
    public var beta: Float

    public init(_ function: Function, alpha: Float? = nil, beta: Float? = nil) {
        self.function = function
        self.alpha = alpha ?? function.standard.alpha
        self.beta = beta ?? function.standard.beta
    }

    func callAsFunction(_ x: Double) -> Double {
        let (a, b) = (Double(alpha), Double(beta))
        return switch function {
        case .relu: max(0, x)
        case .tanh: Foundation.tanh(x)
        case .sigmoid: 1 / (1 + exp(-x))
        case .affine: a * x + b
        case .leakyRelu: x >= 0 ? x : a * x
        case .thresholdedRelu: x > a ? x : 0
        case .scaledTanh: a * Foundation.tanh(b * x)
        case .hardSigmoid: max(0, min(1, a * x + b))
        case .elu: x >= 0 ? x : a * expm1(x)
        case .softsign: x / (1 + abs(x))
        case .softplus: max(x, 0) + log1p(exp(-abs(x)))
        }
    }
}
