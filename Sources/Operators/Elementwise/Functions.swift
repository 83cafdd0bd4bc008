internal import ModelGraph
internal import TensorCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// ONNX `Exp`: eˣ.
public struct Exponential: UnaryElementwise {
    public static let name = "Exp"

    public init() {}

    public func value(_ x: Double) -> Double { exp(x) }
}

/// ONNX `Log`: the natural logarithm.
public struct Logarithm: UnaryElementwise {
    public static let name = "Log"

    public init() {}

    public func value(_ x: Double) -> Double { log(x) }
}

/// ONNX `Sqrt`: √x.
public struct SquareRoot: UnaryElementwise {
    public static let name = "Sqrt"

    public init() {}

    public func value(_ x: Double) -> Double { x.squareRoot() }
}

/// ONNX `Reciprocal`: 1 / x.
public struct Reciprocal: UnaryElementwise {
    public static let name = "Reciprocal"

    public init() {}

    public func value(_ x: Double) -> Double { 1 / x }
}

/// ONNX `Erf`: the error function.
public struct ErrorFunction: UnaryElementwise {
    public static let name = "Erf"

    public init() {}

    public func value(_ x: Double) -> Double { erf(x) }
}

/// ONNX `Tanh`: the hyperbolic tangent.
public struct HyperbolicTangent: UnaryElementwise {
    public static let name = "Tanh"

    public init() {}

    public func value(_ x: Double) -> Double { tanh(x) }
}

/// ONNX `Floor`: rounds down.
public struct Floor: UnaryElementwise {
    public static let name = "Floor"

    public init() {}

    public func value(_ x: Double) -> Double { x.rounded(.down) }
}

/// ONNX `Ceil`: rounds up.
public struct Ceiling: UnaryElementwise {
    public static let name = "Ceil"

    public init() {}

    public func value(_ x: Double) -> Double { x.rounded(.up) }
}

/// ONNX `Round`: rounds to nearest, ties to even.
public struct Round: UnaryElementwise {
    public static let name = "Round"

    public init() {}

    public func value(_ x: Double) -> Double { x.rounded(.toNearestOrEven) }
}

/// ONNX `Sin`: the sine.
public struct Sine: UnaryElementwise {
    public static let name = "Sin"

    public init() {}

    public func value(_ x: Double) -> Double { sin(x) }
}

/// ONNX `Cos`: the cosine.
public struct Cosine: UnaryElementwise {
    public static let name = "Cos"

    public init() {}

    public func value(_ x: Double) -> Double { cos(x) }
}

/// ONNX `Tan`: the tangent.
public struct Tangent: UnaryElementwise {
    public static let name = "Tan"

    public init() {}

    public func value(_ x: Double) -> Double { tan(x) }
}

/// ONNX `Asin`: the inverse sine.
public struct ArcSine: UnaryElementwise {
    public static let name = "Asin"

    public init() {}

    public func value(_ x: Double) -> Double { asin(x) }
}

/// ONNX `Acos`: the inverse cosine.
public struct ArcCosine: UnaryElementwise {
    public static let name = "Acos"

    public init() {}

    public func value(_ x: Double) -> Double { acos(x) }
}

/// ONNX `Atan`: the inverse tangent.
public struct ArcTangent: UnaryElementwise {
    public static let name = "Atan"

    public init() {}

    public func value(_ x: Double) -> Double { atan(x) }
}

/// ONNX `Sinh`: the hyperbolic sine.
public struct HyperbolicSine: UnaryElementwise {
    public static let name = "Sinh"

    public init() {}

    public func value(_ x: Double) -> Double { sinh(x) }
}

/// ONNX `Cosh`: the hyperbolic cosine.
public struct HyperbolicCosine: UnaryElementwise {
    public static let name = "Cosh"

    public init() {}

    public func value(_ x: Double) -> Double { cosh(x) }
}

/// ONNX `Asinh`: the inverse hyperbolic sine.
public struct InverseHyperbolicSine: UnaryElementwise {
    public static let name = "Asinh"

    public init() {}

    public func value(_ x: Double) -> Double { asinh(x) }
}

/// ONNX `Acosh`: the inverse hyperbolic cosine.
public struct InverseHyperbolicCosine: UnaryElementwise {
    public static let name = "Acosh"

    public init() {}

    public func value(_ x: Double) -> Double { acosh(x) }
}

/// ONNX `Atanh`: the inverse hyperbolic tangent.
public struct InverseHyperbolicTangent: UnaryElementwise {
    public static let name = "Atanh"

    public init() {}

    public func value(_ x: Double) -> Double { atanh(x) }
}
