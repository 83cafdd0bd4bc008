internal import TensorCore

/// The smallest and largest element of a constant, as a whole or for each index of an axis.
struct ChannelExtremes {
    private(set) var minima: [Float]
    private(set) var maxima: [Float]

    /// - Parameter axis: `nil` for the whole tensor.
    /// - Throws: `invalidModel` when the tensor is no float tensor, holds a value that is not finite, or lacks the axis.
    init(of tensor: Tensor, axis: Int?) throws {
        guard tensor.elementType.isFloatingPoint, let values = tensor.floats else {
            throw OctetError(
                .invalidModel, "only real tensors can be quantized", expected: "float32",
                found: tensor.elementType.rawValue)
        }
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
            throw OctetError(
                .invalidModel, "element \(bad) is not finite", expected: "finite numbers", found: "\(values[bad])",
                remedy: "Exclude the nodes that use it, or repair the model.")
        }
        guard let axis else {
            minima = [values.min() ?? 0]
            maxima = [values.max() ?? 0]
            return
        }
        guard tensor.shape.indices.contains(axis) else {
            throw OctetError(
                .invalidModel, "there is no axis \(axis) to quantize along", found: "shape \(tensor.shape)")
        }
        let channels = tensor.shape[axis]
        let inner = tensor.shape[(axis + 1)...].reduce(1, *)
        minima = Array(repeating: .infinity, count: channels)
        maxima = Array(repeating: -.infinity, count: channels)
        var start = 0
        while start < values.count {
            for channel in 0..<channels {
                for value in values[start..<start + inner] {
                    if value < minima[channel] { minima[channel] = value }
                    if value > maxima[channel] { maxima[channel] = value }
                }
                start += inner
            }
        }
        for channel in 0..<channels where minima[channel] > maxima[channel] {
            minima[channel] = 0
            maxima[channel] = 0
        }
    }

    /// The largest magnitude of each channel.
    var magnitudes: [Float] { zip(minima, maxima).map { max(abs($0), abs($1)) } }
}
