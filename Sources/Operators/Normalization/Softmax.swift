public import ModelGraph
public import TensorCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// ONNX `Softmax`: eˣ / Σ eˣ along an axis.
public struct Softmax: SoftmaxOperator {
    public static let name = "Softmax"

    public var axis: Int
    public var flattens: Bool

    public init(axis: Int = -1, flattens: Bool = false) {
        self.axis = axis
        self.flattens = flattens
    }

    public static func normalize(_ x: inout [Double], _ steps: SoftmaxRounding) {
        let greatest = x.max() ?? 0
        for index in x.indices { x[index] = steps.round(exp(steps.round(x[index] - greatest))) }
        let sum = steps.sum(x)
        for index in x.indices { x[index] /= sum }
    }
}

/// ONNX `LogSoftmax`: the logarithm of ``Softmax``.
public struct LogSoftmax: SoftmaxOperator {
    public static let name = "LogSoftmax"

    public var axis: Int
    public var flattens: Bool

    public init(axis: Int = -1, flattens: Bool = false) {
        self.axis = axis
        self.flattens = flattens
    }

    public static func normalize(_ x: inout [Double], _ steps: SoftmaxRounding) {
        let greatest = x.max() ?? 0
        for index in x.indices { x[index] = steps.round(x[index] - greatest) }
        let logarithm = steps.round(log(steps.sum(x.map { steps.round(exp($0)) })))
        for index in x.indices { x[index] -= logarithm }
    }
}

/// ONNX `Hardmax`: 1 at the first greatest element along an axis, 0 elsewhere.
public struct Hardmax: SoftmaxOperator {
    public static let name = "Hardmax"

    public var axis: Int
    public var flattens: Bool

    public init(axis: Int = -1, flattens: Bool = false) {
        self.axis = axis
        self.flattens = flattens
    }

    public static func normalize(_ x: inout [Double], _ steps: SoftmaxRounding) {
        let greatest = x.max() ?? 0
        let first = x.firstIndex(of: greatest)
        for index in x.indices { x[index] = index == first ? 1 : 0 }
    }
}

/// The roundings between the steps of a softmax of 16-bit floats: ONNX defines it by subtraction, exponential, sum and
/// quotient, each with a result of the element type. In bfloat16 ONNX's reference rounds each partial sum too.
public struct SoftmaxRounding: Sendable {
    let type: ElementType

    init(_ type: ElementType) { self.type = type }

    func round(_ x: Double) -> Double {
        switch type {
        case .float16: Half(real: x).real
        case .bfloat16: BFloat16(real: x).real
        default: x
        }
    }

    func sum(_ x: [Double]) -> Double {
        type == .bfloat16 ? x.reduce(0) { round($0 + $1) } : round(x.reduce(0, +))
    }
}

/// What Softmax, LogSoftmax and Hardmax share: they normalize vectors.
public protocol SoftmaxOperator: TensorOperator {
    var axis: Int { get }
    /// The meaning before operator set 13: the input is seen as a matrix whose rows begin at `axis`.
    var flattens: Bool { get }
    init(axis: Int, flattens: Bool)
    static func normalize(_ x: inout [Double], _ steps: SoftmaxRounding)
}

extension SoftmaxOperator {
    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        if let rank = x.shape?.count { _ = try Shapes.axis(axis, rank: max(rank, 1)) }
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let axis = try Shapes.axis(axis, rank: max(x.rank, 1))
        let shape = x.rank == 0 ? [1] : x.shape
        let length = flattens ? shape[axis...].reduce(1, *) : shape[axis]
        let inner = flattens ? 1 : shape[(axis + 1)...].reduce(1, *)
        var values = try x.reals()
        guard !values.isEmpty else { return }
        let steps = SoftmaxRounding(x.elementType)
        var vector = [Double](repeating: 0, count: length)
        for outer in 0..<values.count / (length * inner) {
            for lane in 0..<inner {
                let base = outer * length * inner + lane
                for index in 0..<length { vector[index] = values[base + index * inner] }
                Self.normalize(&vector, steps)
                for index in 0..<length { values[base + index * inner] = vector[index] }
            }
        }
        try output.setReals(values)
    }
}
