public import ModelGraph
public import TensorCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// ONNX Runtime's `QLinearSoftmax`. Inputs: x, its scale and zero point, the output's scale and zero point.
///
/// The exponentials are float32 numbers scaled up so that the greatest of a row comes near float32's limit; a row is
/// their float32 sum in order, and a code rint(e · ⌊1 / sy⌋ / sum) + zy, saturated.
public struct QuantizedSoftmax: QOperator {
    public static let name = "QLinearSoftmax"

    public var axis: Int
    /// The meaning before operator set 13: the input is seen as a matrix whose rows begin at `axis`.
    public var flattens: Bool

    public init(axis: Int = -1, flattens: Bool = false) {
        self.axis = axis
        self.flattens = flattens
    }

    public var typed: (any QuantizableOperator)? { nil }

    public func slots(inputCount: Int) -> QOperatorSlots { .unary }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        if let rank = x.shape?.count { _ = try Shapes.axis(axis, rank: max(rank, 1)) }
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try QuantizedPool.checkSupport(inputs) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let slots = slots(inputCount: inputs.count)
        let x = try IntegerOperand.tensor(inputs, slots.operands[0])
        let target = try IntegerOperand.output(output, inputs, slots).tensorScale()
        let axis = try Shapes.axis(axis, rank: max(x.rank, 1))
        let shape = x.rank == 0 ? [1] : x.shape
        let length = flattens ? shape[axis...].reduce(1, *) : shape[axis]
        let inner = flattens ? 1 : shape[(axis + 1)...].reduce(1, *)
        var codes = try x.codes()
        guard !codes.isEmpty else { return }
        let exponentials = try Self.exponentials(scale: x.tensorScale().scale, length: length)
        let factor = (1 / target.scale).rounded(.down)
        for outer in 0..<codes.count / (length * inner) {
            for lane in 0..<inner {
                let places = (0..<length).map { outer * length * inner + lane + $0 * inner }
                let greatest = places.reduce(Int32.min) { max($0, codes[$1]) }
                let row = places.map { exponentials[Int(greatest - codes[$0])] }
                let sum = row.reduce(0, +)
                for (place, value) in zip(places, row) {
                    codes[place] = IntegerArithmetic.saturate(
                        value * factor / sum, zeroPoint: target.zeroPoint, to: target.range)
                }
            }
        }
        try output.setCodes(codes)
    }

    /// e^(−d · scale) for each distance d below the row's greatest code, times one factor for all.
    private static func exponentials(scale: Float, length: Int) -> [Float] {
        let scale = Double(scale)
        let shift = max(0, Double(logf(Float.greatestFiniteMagnitude / Float(length))) - 5) / scale
        return (0..<256).map { Float(exp((shift - Double($0)) * scale)) }
    }
}
