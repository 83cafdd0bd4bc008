public import ModelGraph
public import TensorCore

/// ONNX `LayerNormalization`: (x − mean) / √(variance + epsilon) · scale + bias over the axes from `axis` on.
///
/// Inputs: x, scale, and optionally bias, which broadcast to x. Outputs: y, and if wanted the mean and 1 / √(variance +
/// epsilon) in float32, with the normalized axes of extent 1.
public struct LayerNormalization: TensorOperator {
    public static let name = "LayerNormalization"

    public var axis: Int
    public var epsilon: Float

    public init(axis: Int = -1, epsilon: Float = 1e-5) {
        self.axis = axis
        self.epsilon = epsilon
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        _ = try inputs.tensor(1)
        let reduced = try x.shape.map { shape in
            let axis = try Shapes.axis(axis, rank: shape.count)
            return shape.indices.map { $0 < axis ? shape[$0] : 1 }
        }
        return [.tensor(x.elementType, x.shape), .tensor(.float32, reduced), .tensor(.float32, reduced)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let x = try inputs.required(0)
        let axis = try Shapes.axis(axis, rank: x.rank)
        let length = x.shape[axis...].reduce(1, *)
        var values = try x.reals()
        var means: [Double] = []
        var factors: [Double] = []
        for start in stride(from: 0, to: values.count, by: max(1, length)) {
            let row = values[start..<start + length]
            let mean = row.reduce(0, +) / Double(length)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(length)
            let factor = 1 / (variance + Double(epsilon)).squareRoot()
            for index in row.indices { values[index] = (values[index] - mean) * factor }
            means.append(mean)
            factors.append(factor)
        }
        if let output = outputs.optional(0) {
            try output.setReals(
                Affine.apply(values, x.shape, scale: inputs.required(1), bias: inputs.optional(2)))
        }
        try outputs.optional(1)?.setReals(means)
        try outputs.optional(2)?.setReals(factors)
    }
}

/// ONNX `RMSNormalization`: x / √(mean of squares + epsilon) · scale over the axes from `axis` on.
public struct RootMeanSquareNormalization: TensorOperator {
    public static let name = "RMSNormalization"

    public var axis: Int
    public var epsilon: Float

    public init(axis: Int = -1, epsilon: Float = 1e-5) {
        self.axis = axis
        self.epsilon = epsilon
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        if let rank = x.shape?.count { _ = try Shapes.axis(axis, rank: rank) }
        return [.tensor(try inputs.tensor(1).elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let length = x.shape[try Shapes.axis(axis, rank: x.rank)...].reduce(1, *)
        var values = try x.reals()
        for start in stride(from: 0, to: values.count, by: max(1, length)) {
            let row = start..<start + length
            let square = values[row].reduce(0) { $0 + $1 * $1 } / Double(length)
            let factor = 1 / (square + Double(epsilon)).squareRoot()
            for index in row { values[index] *= factor }
        }
        try output.setReals(Affine.apply(values, x.shape, scale: inputs.required(1), bias: nil))
    }
}

enum Affine {
    /// values · scale + bias, where scale and bias broadcast to the shape of the values.
    static func apply(_ values: [Double], _ shape: [Int], scale: Tensor, bias: Tensor?) throws -> [Double] {
        let x = Tensor(values, shape: shape)
        let scaled = Tensor(.float64, shape: shape)
        try requireBroadcast(scale, to: shape)
        try combine(x, Tensor(scale.reals(), shape: scale.shape), into: scaled) { (a: Double, b: Double) in a * b }
        guard let bias else { return scaled.elements(as: Double.self) }
        let shifted = Tensor(.float64, shape: shape)
        try requireBroadcast(bias, to: shape)
        try combine(scaled, Tensor(bias.reals(), shape: bias.shape), into: shifted) { (a: Double, b: Double) in a + b }
        return shifted.elements(as: Double.self)
    }

    private static func requireBroadcast(_ tensor: Tensor, to shape: [Int]) throws {
        guard try Shapes.broadcast(fixed: [tensor.shape, shape]) == shape else {
            throw OctetError(
                .invalidModel, "scale or bias does not broadcast to the data", expected: "\(shape)",
                found: "\(tensor.shape)")
        }
    }
}
