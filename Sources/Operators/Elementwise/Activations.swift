internal import ModelGraph
internal import TensorCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// ONNX `LeakyRelu`: alpha · x below zero.
public struct LeakyRelu: UnaryElementwise {
    public static let name = "LeakyRelu"
    public var alpha: Float

    public init(alpha: Float = 0.01) { self.alpha = alpha }

    public func value(_ x: Double) -> Double { x < 0 ? Double(alpha) * x : x }
}

/// ONNX `ThresholdedRelu`: x above alpha, else 0.
public struct ThresholdedRelu: UnaryElementwise {
    public static let name = "ThresholdedRelu"
    public var alpha: Float

    public init(alpha: Float = 1) { self.alpha = alpha }

    public func value(_ x: Double) -> Double { x > Double(alpha) ? x : 0 }
}

/// ONNX `Elu`: alpha · (eˣ − 1) below zero.
public struct Elu: UnaryElementwise {
    public static let name = "Elu"
    public var alpha: Float

    public init(alpha: Float = 1) { self.alpha = alpha }

    public func value(_ x: Double) -> Double { x < 0 ? Double(alpha) * expm1(x) : x }
}

/// ONNX `Celu`: max(0, x) + min(0, alpha · (e^(x / alpha) − 1)).
public struct Celu: UnaryElementwise {
    public static let name = "Celu"
    public var alpha: Float

    public init(alpha: Float = 1) { self.alpha = alpha }

    public func value(_ x: Double) -> Double { x < 0 ? Double(alpha) * expm1(x / Double(alpha)) : x }
}

/// ONNX `Selu`: gamma · x above zero, gamma · alpha · (eˣ − 1) below.
public struct Selu: UnaryElementwise {
    public static let name = "Selu"
    public var alpha: Float
    public var gamma: Float

    public init(alpha: Float = 1.67326319217681884765625, gamma: Float = 1.05070102214813232421875) {
        self.alpha = alpha
        self.gamma = gamma
    }

    public func value(_ x: Double) -> Double {
        x > 0 ? Double(gamma) * x : Double(gamma) * Double(alpha) * expm1(x)
    }
}

/// ONNX `Sigmoid`: 1 / (1 + e⁻ˣ).
public struct Sigmoid: UnaryElementwise {
    public static let name = "Sigmoid"

    public init() {}

    public func value(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}

/// ONNX `HardSigmoid`: alpha · x + beta, cut to 0…1.
public struct HardSigmoid: UnaryElementwise {
    public static let name = "HardSigmoid"
    public var alpha: Float
    public var beta: Float

    public init(alpha: Float = 0.2, beta: Float = 0.5) {
        self.alpha = alpha
        self.beta = beta
    }

    public func value(_ x: Double) -> Double { max(0, min(1, Double(alpha) * x + Double(beta))) }
}

/// ONNX `HardSwish`: x times x / 6 + ½ cut to 0…1.
public struct HardSwish: UnaryElementwise {
    public static let name = "HardSwish"

    public init() {}

    public func value(_ x: Double) -> Double { x * max(0, min(1, x / 6 + 0.5)) }
}

/// ONNX `Softplus`: log(1 + eˣ).
public struct Softplus: UnaryElementwise {
    public static let name = "Softplus"

    public init() {}

    public func value(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
}

/// ONNX `Softsign`: x / (1 + |x|).
public struct Softsign: UnaryElementwise {
    public static let name = "Softsign"

    public init() {}

    public func value(_ x: Double) -> Double { x / (1 + abs(x)) }
}

/// ONNX `Mish`: x · tanh(softplus x).
public struct Mish: UnaryElementwise {
    public static let name = "Mish"

    public init() {}

    public func value(_ x: Double) -> Double { x * tanh(Softplus().value(x)) }
}

/// ONNX `Swish`: x · sigmoid(alpha · x).
public struct Swish: UnaryElementwise {
    public static let name = "Swish"
    public var alpha: Float

    public init(alpha: Float = 1) { self.alpha = alpha }

    public func value(_ x: Double) -> Double { x / (1 + exp(-Double(alpha) * x)) }
}

/// ONNX `Gelu`: x · Φ(x), exactly or by the tanh approximation.
public struct Gelu: UnaryElementwise {
    public static let name = "Gelu"
    public var isTanhApproximation: Bool

    public init(isTanhApproximation: Bool = false) { self.isTanhApproximation = isTanhApproximation }

    public func value(_ x: Double) -> Double {
        isTanhApproximation
            ? 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
            : 0.5 * x * (1 + erf(x * 0.5.squareRoot()))
    }
}

/// ONNX `Shrink`: x + bias below −lambda, x − bias above lambda, else 0.
public struct Shrink: UnaryElementwise {
    public static let name = "Shrink"
    public var bias: Float
    public var lambda: Float

    public init(bias: Float = 0, lambda: Float = 0.5) {
        self.bias = bias
        self.lambda = lambda
    }

    public func value(_ x: Double) -> Double {
        x < -Double(lambda) ? x + Double(bias) : x > Double(lambda) ? x - Double(bias) : 0
    }
}
