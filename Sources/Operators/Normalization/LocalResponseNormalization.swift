public import ModelGraph
public import TensorCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// ONNX `LRN`: x / (bias + alpha / size · Σ x²)^beta, summed over `size` neighbouring channels.
public struct LocalResponseNormalization: TensorOperator {
    public static let name = "LRN"

    public var size: Int
    public var alpha: Float
    public var beta: Float
    public var bias: Float

    public init(size: Int, alpha: Float = 0.0001, beta: Float = 0.75, bias: Float = 1) {
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.bias = bias
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard size >= 1, x.shape.map({ $0.count >= 2 }) ?? true else {
            throw OctetError(.invalidModel, "the input needs channels, and the size must be at least 1")
        }
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let values = try x.reals()
        let channels = x.shape[1]
        let plane = x.shape.dropFirst(2).reduce(1, *)
        let before = min((size - 1) / 2, channels)
        let after = min(size - 1 - (size - 1) / 2, channels)
        var result = values
        for index in values.indices {
            let channel = index / plane % channels
            var sum = 0.0
            for other in max(0, channel - before)...min(channels - 1, channel + after) {
                let value = values[index + (other - channel) * plane]
                sum += value * value
            }
            let divisor = pow(Double(bias) + Double(alpha) / Double(size) * sum, Double(beta))
            result[index] = values[index] / divisor
        }
        try output.setReals(result)
    }
}

/// ONNX `LpNormalization`: x divided by its 1- or 2-norm along an axis; 0 where the norm is 0.
public struct LpNormalization: TensorOperator {
    public static let name = "LpNormalization"

    public var axis: Int
    public var order: Int

    public init(axis: Int = -1, order: Int = 2) {
        self.axis = axis
        self.order = order
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard order == 1 || order == 2 else {
            throw OctetError(.invalidModel, "attribute 'p' is out of range", expected: "1 or 2", found: "\(order)")
        }
        if let rank = x.shape?.count { _ = try Shapes.axis(axis, rank: rank) }
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let axis = try Shapes.axis(axis, rank: x.rank)
        let inner = x.shape[(axis + 1)...].reduce(1, *)
        let length = x.shape[axis]
        var values = try x.reals()
        guard !values.isEmpty else { return }
        for outer in 0..<values.count / (length * inner) {
            for lane in 0..<inner {
                let base = outer * length * inner + lane
                let places = (0..<length).map { base + $0 * inner }
                let norm =
                    order == 1
                    ? places.reduce(0) { $0 + abs(values[$1]) }
                    : places.reduce(0) { $0 + values[$1] * values[$1] }.squareRoot()
                for place in places { values[place] = norm == 0 ? 0 : values[place] / norm }
            }
        }
        try output.setReals(values)
    }
}
