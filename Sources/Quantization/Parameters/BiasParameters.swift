internal import TensorCore

/// Biases in int32, in units of input scale times weight scale.
enum BiasParameters {
    /// The weight scales, those enlarged whose product with the input's scale is too small to hold the bias beside the
    /// largest sum of products the channel can have.
    /// - Parameters:
    ///   - scales: one a channel, or one for all.
    ///   - depth: how many products a sum has.
    static func safeWeightScales(_ scales: [Float], inputScale: Float, bias: [Float], depth: Int) -> [Float] {
        let sums = min(depth.multipliedReportingOverflow(by: 255 * 128).partialValue, 1 << 30)
        let room = Double(Int(Int32.max) - max(sums, 0))
        var result = scales
        for (channel, value) in bias.enumerated() {
            let index = scales.count == 1 ? 0 : channel
            let needed = Double(abs(value)) / (room * Double(inputScale))
            if Double(result[index]) < needed { result[index] = Float(needed * (1 + 0x1p-22)) }
        }
        return result
    }

    /// The bias's parameters, float32 products as a runtime computes them.
    static func parameters(inputScale: Float, weight: QuantizationParameters) -> QuantizationParameters {
        QuantizationParameters(
            scales: weight.scales.map { inputScale * $0 },
            zeroPoints: Array(repeating: 0, count: weight.scales.count), axis: weight.axis == nil ? nil : 0)
    }

    /// The bias in int32: divided in binary64, rounded half to even, saturated.
    static func codes(_ bias: Tensor, parameters: QuantizationParameters) throws -> Tensor {
        guard bias.elementType.isFloatingPoint, let values = bias.floats else {
            throw OctetError(
                .invalidModel, "only real tensors can be quantized", expected: "float32",
                found: bias.elementType.rawValue)
        }
        let codes = values.enumerated().map { channel, value in
            let scale = parameters.scales[parameters.scales.count == 1 ? 0 : channel]
            let code = (Double(value) / Double(scale)).rounded(.toNearestOrEven)
            return Int32(min(max(code, Double(Int32.min)), Double(Int32.max)))
        }
        return Tensor(codes, shape: bias.shape, quantization: parameters)
    }
}
