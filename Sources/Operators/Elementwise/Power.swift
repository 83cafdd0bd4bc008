public import ModelGraph
public import TensorCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// ONNX `Pow`: the base's element type is the output's; the exponent may have another.
public struct Power: TensorOperator {
    public static let name = "Pow"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let base = try inputs.tensor(0)
        return [.tensor(base.elementType, try Shapes.broadcast([base.shape, inputs.tensor(1).shape]))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.numbers) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let base = try inputs.required(0)
        let exponent = try inputs.required(1)
        if let integers = base.integers, let exponents = exponent.integers {
            let result = Tensor(.int64, shape: output.shape)
            try combine(
                Tensor(integers.map(Int64.init), shape: base.shape),
                Tensor(exponents.map(Int64.init), shape: exponent.shape), into: result, Self.power)
            try output.setIntegers(result.elements(as: Int64.self).map(Int.init))
            return
        }
        let result = Tensor(.float64, shape: output.shape)
        try combine(
            Tensor(try Self.doubles(base), shape: base.shape),
            Tensor(try Self.doubles(exponent), shape: exponent.shape),
            into: result
        ) { (a: Double, b: Double) in pow(a, b) }
        let values = result.elements(as: Double.self)
        if output.elementType.isInteger {
            try output.setIntegers(values.map { Int(exactly: $0.rounded(.towardZero)) ?? ($0 > 0 ? .max : .min) })
        } else {
            try output.setReals(values)
        }
    }

    private static func doubles(_ tensor: Tensor) throws -> [Double] {
        try tensor.integers?.map(Double.init) ?? tensor.reals()
    }

    /// Modulo 2⁶⁴; a negative exponent gives the quotient cut towards zero.
    private static func power(_ base: Int64, _ exponent: Int64) -> Int64 {
        guard exponent >= 0 else {
            return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0
        }
        var result: Int64 = 1
        var factor = base
        var left = exponent
        while left > 0 {
            if left & 1 == 1 { result = result &* factor }
            factor = factor &* factor
            left >>= 1
        }
        return result
    }
}
