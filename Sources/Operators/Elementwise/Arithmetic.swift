public import ModelGraph
public import TensorCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// ONNX `Sub`.
public struct Subtraction: ArithmeticElementwise {
    public static let name = "Sub"

    public init() {}

    public func value(_ a: Double, _ b: Double) -> Double { a - b }
    public func value<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &- b }
}

/// ONNX `Div`; integers are cut towards zero.
public struct Division: ArithmeticElementwise {
    public static let name = "Div"

    public init() {}

    public func value(_ a: Double, _ b: Double) -> Double { a / b }

    /// - Throws: `invalidData` for a division by zero.
    public func value<T: FixedWidthInteger>(_ a: T, _ b: T) throws -> T {
        guard b != 0 else { throw OctetError(.invalidData, "integer division by zero") }
        return a.dividedReportingOverflow(by: b).partialValue
    }
}

/// ONNX `Min`: the least of any number of tensors; NaN if one is.
public struct Minimum: ArithmeticElementwise {
    public static let name = "Min"

    public init() {}

    public func value(_ a: Double, _ b: Double) -> Double { a.isNaN ? a : b.isNaN || b < a ? b : a }
    public func value<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { min(a, b) }
}

/// ONNX `Max`: the greatest of any number of tensors; NaN if one is.
public struct Maximum: ArithmeticElementwise {
    public static let name = "Max"

    public init() {}

    public func value(_ a: Double, _ b: Double) -> Double { a.isNaN ? a : b.isNaN || b > a ? b : a }
    public func value<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { max(a, b) }
}

/// ONNX `Sum` of any number of tensors.
public struct Sum: ArithmeticElementwise {
    public static let name = "Sum"

    public init() {}

    public func value(_ a: Double, _ b: Double) -> Double { a + b }
    public func value<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &+ b }
}

/// ONNX `Mean` of any number of float tensors.
public struct Mean: ArithmeticElementwise {
    public static let name = "Mean"

    public init() {}

    public func value(_ a: Double, _ b: Double) -> Double { a + b }
    public func value<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &+ b }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        try fold(inputs, into: outputs)
        guard let output = outputs.optional(0) else { return }
        let count = Double(inputs.count)
        try output.setReals(try output.reals().map { $0 / count })
    }
}

/// ONNX `Mod`: the remainder with the divisor's sign, or with `usesDividendSign` (attribute `fmod`) the dividend's.
public struct Modulo: ArithmeticElementwise {
    public static let name = "Mod"
    public var usesDividendSign: Bool

    public init(usesDividendSign: Bool = false) { self.usesDividendSign = usesDividendSign }

    public func value(_ a: Double, _ b: Double) -> Double {
        let remainder = fmod(a, b)
        return usesDividendSign || remainder == 0 || (remainder < 0) == (b < 0) ? remainder : remainder + b
    }

    /// - Throws: `invalidData` for a division by zero.
    public func value<T: FixedWidthInteger>(_ a: T, _ b: T) throws -> T {
        guard b != 0 else { throw OctetError(.invalidData, "integer division by zero") }
        let remainder = a.remainderReportingOverflow(dividingBy: b).partialValue
        return usesDividendSign || remainder == 0 || (remainder < 0) == (b < 0) ? remainder : remainder &+ b
    }
}
