public import ModelGraph
public import TensorCore

/// ONNX `BatchNormalization`, inference: (x − mean) / √(variance + epsilon) · scale + bias along axis 1.
///
/// Inputs: x, scale, bias, mean, variance. A file's training form is not this operator.
public struct BatchNormalization: TensorOperator {
    public static let name = "BatchNormalization"

    public var epsilon: Float

    public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        if let shape = x.shape {
            for index in 1...4 {
                guard let parameter = try inputs.tensor(index).fixedShape else { continue }
                let channels = shape.count > 1 ? shape[1].value : 1
                if let channels, parameter != [channels] {
                    throw OctetError(
                        .invalidModel, "input \(index) does not fit the channels", expected: "[\(channels)]",
                        found: "\(parameter)")
                }
            }
        }
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let scale = try inputs.required(1).reals()
        let bias = try inputs.required(2).reals()
        let mean = try inputs.required(3).reals()
        let variance = try inputs.required(4).reals()
        let inner = x.shape.dropFirst(2).reduce(1, *)
        let factor = zip(scale, variance).map { $0 / ($1 + Double(epsilon)).squareRoot() }
        var values = try x.reals()
        let channels = max(1, factor.count)
        for index in values.indices {
            let channel = index / inner % channels
            values[index] = (values[index] - mean[channel]) * factor[channel] + bias[channel]
        }
        try output.setReals(values)
    }
}
