public import ModelGraph
public import TensorCore

/// ONNX `Cast` between numbers and Booleans.
///
/// Floats are cut towards zero; what does not fit an integer type is cut to its bits. Strings are not supported.
public struct Cast: TensorOperator {
    public static let name = "Cast"

    public var to: ElementType
    /// What becomes of values beyond a float type of 8 bits.
    public var narrowing: Narrowing

    /// How values are brought into a float type of 8 bits or fewer.
    public struct Narrowing: Sendable, Hashable {
        /// Whether what is too great becomes the greatest finite value, and not infinity or NaN.
        public var saturates: Bool
        /// For float8e8m0.
        public var rounding: PowerRounding

        public init(saturates: Bool = true, rounding: PowerRounding = .up) {
            self.saturates = saturates
            self.rounding = rounding
        }
    }

    public init(to: ElementType, narrowing: Narrowing = Narrowing()) {
        self.to = to
        self.narrowing = narrowing
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(to, try inputs.tensor(0).shape)]
    }

    static let supported = [ElementType].numbers.union([ElementType].narrowFloats).union([
        .bool, .int4, .uint4, .int2, .uint2,
    ])

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, Self.supported)
        guard Self.supported.contains(to) else {
            throw OctetError(.unsupported, "evaluation does not cast to \(to.rawValue)")
        }
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try Self.convert(inputs.required(0), into: output, narrowing)
    }

    /// Fills `output` with the numbers of `input`, which has as many.
    static func convert(_ input: Tensor, into output: Tensor, _ narrowing: Narrowing = Narrowing()) throws {
        if input.elementType == output.elementType { return output.setElements(of: input) }
        let target = output.elementType
        if [ElementType].narrowFloats.contains(target) {
            let reals = try input.floats?.map(Double.init) ?? input.reals()
            return try output.setNarrowReals(reals, saturates: narrowing.saturates, rounding: narrowing.rounding)
        }
        if input.elementType == .uint64, target != .uint64 {
            let words = input.elements(as: UInt64.self)
            if target.isFloatingPoint {
                try output.setReals(words.map(Double.init))
            } else {
                try output.setIntegers(words.map { target == .bool ? ($0 == 0 ? 0 : 1) : Int(truncatingIfNeeded: $0) })
            }
        } else if let integers = input.integers {
            if target.isFloatingPoint {
                try output.setReals(integers.map(Double.init))
            } else {
                try output.setIntegers(integers)
            }
        } else {
            let reals = try input.reals()
            if target.isFloatingPoint {
                try output.setReals(reals)
            } else if target == .bool {
                try output.setIntegers(reals.map { $0 == 0 ? 0 : 1 })
            } else {
                try output.setIntegers(reals.map { integer($0, of: target) })
            }
        }
    }

    /// Cut towards zero; what does not fit is cut to the type's bits, beyond 64 bits it saturates, and NaN is 0.
    private static func integer(_ real: Double, of type: ElementType) -> Int {
        if real.isNaN { return 0 }
        let whole = real.rounded(.towardZero)
        if type == .uint64, whole >= 0 { return Int(truncatingIfNeeded: UInt64(exactly: whole) ?? .max) }
        return Int(exactly: whole) ?? (whole < 0 ? .min : .max)
    }
}

/// ONNX `CastLike`: casts to the element type of input 1.
public struct CastLike: TensorOperator {
    public static let name = "CastLike"

    public var narrowing: Cast.Narrowing

    public init(narrowing: Cast.Narrowing = Cast.Narrowing()) { self.narrowing = narrowing }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(try inputs.tensor(1).elementType, try inputs.tensor(0).shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, Cast.supported)
        try inputs.require(1, Cast.supported)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try Cast.convert(inputs.required(0), into: output, narrowing)
    }
}
