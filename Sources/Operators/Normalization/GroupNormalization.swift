public import ModelGraph
public import TensorCore

/// ONNX `GroupNormalization`: (x − mean) / √(variance + epsilon) over groups of channels and the spatial axes, then
/// scale and bias for each channel (or, as in operator set 18, for each group).
public struct GroupNormalization: TensorOperator {
    public static let name = "GroupNormalization"

    public var groups: Int
    public var epsilon: Float

    public init(groups: Int, epsilon: Float = 1e-5) {
        self.groups = groups
        self.epsilon = epsilon
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        if let shape = x.shape {
            guard shape.count >= 2, groups >= 1 else {
                throw OctetError(.invalidModel, "the input needs channels, and the groups must be at least 1")
            }
            if let channels = shape[1].value, channels % groups != 0 {
                throw OctetError(.invalidModel, "\(channels) channels do not divide into \(groups) groups")
            }
        }
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try output.setReals(
            ChannelNormalization.normalize(
                inputs.required(0), groups: groups, epsilon: Double(epsilon), scale: inputs.required(1),
                bias: inputs.required(2)))
    }
}

/// ONNX `InstanceNormalization`: each channel of each sample normalized by itself, then scale and bias per channel.
public struct InstanceNormalization: TensorOperator {
    public static let name = "InstanceNormalization"

    public var epsilon: Float

    public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        if let shape = x.shape, shape.count < 2 {
            throw OctetError(.invalidModel, "the input needs channels", found: "rank \(shape.count)")
        }
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        try output.setReals(
            ChannelNormalization.normalize(
                x, groups: x.shape[1], epsilon: Double(epsilon), scale: inputs.required(1), bias: inputs.required(2)))
    }
}

private enum ChannelNormalization {
    static func normalize(
        _ x: Tensor, groups: Int, epsilon: Double, scale: Tensor, bias: Tensor
    ) throws -> [Double] {
        let channels = x.shape[1]
        let scales = try scale.reals()
        let biases = try bias.reals()
        guard scales.count == channels || scales.count == groups, biases.count == scales.count else {
            throw OctetError(
                .invalidModel, "scale and bias do not fit the channels", expected: "\(channels)",
                found: "\(scales.count) and \(biases.count)")
        }
        var values = try x.reals()
        guard !values.isEmpty else { return values }
        let plane = x.shape.dropFirst(2).reduce(1, *)
        let length = channels / groups * plane
        for start in stride(from: 0, to: values.count, by: length) {
            let row = start..<start + length
            let mean = values[row].reduce(0, +) / Double(length)
            let variance = values[row].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(length)
            let factor = 1 / (variance + epsilon).squareRoot()
            for index in row {
                let channel = index / plane % channels
                let place = scales.count == channels ? channel : channel / (channels / groups)
                values[index] = (values[index] - mean) * factor * scales[place] + biases[place]
            }
        }
        return values
    }
}
