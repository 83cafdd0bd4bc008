internal import TensorCore

/// The smallest and largest element of a constant, as a whole for each index of an axis, or for each block along one.
struct ChannelExtremes {
    private(set) var minima: [Float]
    private(set) var maxima: [Float]

    /// - Parameters:
    ///   - axis: `nil` for the whole tensor.
    ///   - blockSize: elements along the axis that belong together; then there is a channel for each place of the other
    ///     axes as well, in row-major order.
    /// - Throws: `invalidModel` when the tensor is no float tensor, holds a value that is not finite, or lacks the axis.
    init(of tensor: Tensor, axis: Int?, blockSize: Int? = nil) throws {
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
        if let blockSize {
            (minima, maxima) = Self.blocks(of: values, extent: channels, inner: inner, blockSize: blockSize)
            return
        }
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

    private static func blocks(
        of values: [Float], extent: Int, inner: Int, blockSize: Int
    ) -> (minima: [Float], maxima: [Float]) {
        let blocks = (extent + blockSize - 1) / blockSize
        let count = values.count / max(extent, 1) * blocks
        var minima = Array(repeating: Float.infinity, count: count)
        var maxima = Array(repeating: -Float.infinity, count: count)
        for (index, value) in values.enumerated() {
            let outer = index / (inner * extent)
            let block = (outer * blocks + index / inner % extent / blockSize) * inner + index % inner
            minima[block] = min(minima[block], value)
            maxima[block] = max(maxima[block], value)
        }
        return (minima, maxima)
    }

    /// The largest magnitude of each channel.
    var magnitudes: [Float] { zip(minima, maxima).map { max(abs($0), abs($1)) } }
}
