internal import TensorCore

/// The loops of a convolution of any spatial rank, on contiguous arrays.
///
/// Each output is one chain of multiply-adds that starts from the bias, in ascending order of kernel position, then
/// channel. Positions in the padding are left out.
struct ConvolutionLoops {
    let window: SpatialWindow.Resolved
    private let batch: Int
    private let groups: Int
    private let inputChannels: Int
    private let outputChannels: Int
    private let input: [Int]

    /// - Parameters:
    ///   - x: (N, C, spatial…).
    ///   - w: (M, C / group, kernel…).
    init(x: [Int], w: [Int], group: Int, window: SpatialWindow) throws {
        self.window = try window.resolve(input: Array(x.dropFirst(2)), kernel: Array(w.dropFirst(2)))
        batch = x[0]
        groups = group
        inputChannels = w[1]
        outputChannels = w[0] / group
        input = Array(x.dropFirst(2))
    }

    /// - Returns: the sums in the order of the output (N, M, spatial…).
    func run<T: Accumulating>(_ x: [T], _ w: [T], initial: [T]?) -> [T] {
        let axes = input.count - 1
        let outputRows = window.output[..<axes].reduce(1, *)
        let width = window.output[axes]
        let count = batch * groups * outputChannels * outputRows * width
        guard count > 0 else { return [] }
        return [T](unsafeUninitializedCapacity: count) { buffer, initialized in
            x.withUnsafeBufferPointer { x in
                w.withUnsafeBufferPointer { w in
                    var offset = 0
                    for image in 0..<batch {
                        for channel in 0..<groups * outputChannels {
                            let start = initial?[channel] ?? .zero
                            for row in 0..<outputRows {
                                let sums = UnsafeMutableBufferPointer(rebasing: buffer[offset..<offset + width])
                                sums.initialize(repeating: start)
                                accumulate(x, w, image: image, channel: channel, row: row, into: sums)
                                offset += width
                            }
                        }
                    }
                }
            }
            initialized = count
        }
    }

    private func accumulate<T: Accumulating>(
        _ x: UnsafeBufferPointer<T>, _ w: UnsafeBufferPointer<T>, image: Int, channel: Int, row: Int,
        into sums: UnsafeMutableBufferPointer<T>
    ) {
        let last = input.count - 1
        let kernelRows = window.kernel[..<last].reduce(1, *)
        let kernelWidth = window.kernel[last]
        let kernelCount = kernelRows * kernelWidth
        let inputWidth = input[last]
        let plane = input.reduce(1, *)
        let firstPlane = (image * groups + channel / outputChannels) * inputChannels
        let stride = window.strides[last]
        for kernelRow in 0..<kernelRows {
            guard let inputRow = inputRow(outputRow: row, kernelRow: kernelRow) else { continue }
            for column in 0..<kernelWidth {
                let shift = column * window.dilations[last] - window.padBegin[last]
                let lower = shift >= 0 ? 0 : (-shift + stride - 1) / stride
                let upper = shift >= inputWidth ? 0 : min(sums.count, (inputWidth - 1 - shift) / stride + 1)
                guard lower < upper else { continue }
                for inputChannel in 0..<inputChannels {
                    let filter = (channel * inputChannels + inputChannel) * kernelCount
                    let weight = w[filter + kernelRow * kernelWidth + column]
                    var position = (firstPlane + inputChannel) * plane + inputRow * inputWidth + shift + lower * stride
                    for output in lower..<upper {
                        sums[output] = sums[output].adding(x[position], times: weight)
                        position += stride
                    }
                }
            }
        }
    }

    /// The row of the input under a row of the output and of the kernel, `nil` in the padding. Rows are counted over
    /// all spatial axes but the last.
    private func inputRow(outputRow: Int, kernelRow: Int) -> Int? {
        var outputRow = outputRow
        var kernelRow = kernelRow
        var inputRow = 0
        var stride = 1
        for axis in (0..<input.count - 1).reversed() {
            let position =
                outputRow % window.output[axis] * window.strides[axis]
                + kernelRow % window.kernel[axis] * window.dilations[axis] - window.padBegin[axis]
            guard position >= 0, position < input[axis] else { return nil }
            inputRow += position * stride
            stride *= input[axis]
            outputRow /= window.output[axis]
            kernelRow /= window.kernel[axis]
        }
        return inputRow
    }
}
