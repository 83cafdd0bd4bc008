internal import TensorCore

extension Tensor {
    /// The reals the elements stand for: `scale · (q − zero point)` for a quantized tensor, else the numbers
    /// themselves; `nil` for text, complex numbers and quantization in blocks.
    var reals: [Float]? {
        guard let quantization, elementType.isInteger else { return floats }
        guard let codes = integers, quantization.blockSize == nil else { return nil }
        let channels = quantization.axis.map { shape[$0] } ?? 1
        guard quantization.scales.count == channels, quantization.zeroPoints.count == channels else { return nil }
        let inner = quantization.axis.map { shape[($0 + 1)...].reduce(1, *) } ?? max(count, 1)
        let (scales, zeroPoints) = (quantization.scales, quantization.zeroPoints)
        return codes.indices.map { index in
            let channel = inner == 0 ? 0 : index / inner % channels
            return scales[channel] * Float(codes[index] - Int(zeroPoints[channel]))
        }
    }
}
