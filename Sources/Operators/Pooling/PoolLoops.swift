internal import TensorCore

/// Walks the windows of a pool over the spatial axes of one plane.
struct PoolLoops {
    let window: SpatialWindow.Resolved
    let input: [Int]
    private let inputStrides: [Int]
    private let outputCount: Int

    init(input: [Int], window: SpatialWindow.Resolved) {
        self.input = input
        self.window = window
        inputStrides = Tensor.rowMajorStrides(input)
        outputCount = window.output.reduce(1, *)
    }

    /// Calls `body` for each output with the offsets of its window's elements inside the plane, in row-major order, and
    /// with how many positions of the window lie inside the padded input.
    func forEachWindow(_ body: (_ output: Int, _ offsets: [Int], _ paddedCount: Int) -> Void) {
        for output in 0..<outputCount {
            var rest = output
            var paddedCount = 1
            var ranges = input.map { _ in 0..<0 }
            var starts = input
            for axis in input.indices.reversed() {
                let dilation = window.dilations[axis]
                let start = rest % window.output[axis] * window.strides[axis] - window.padBegin[axis]
                rest /= window.output[axis]
                let lower = start >= 0 ? 0 : (-start + dilation - 1) / dilation
                let upper = positions(before: input[axis] - start, axis)
                paddedCount *= positions(before: input[axis] + window.padEnd[axis] - start, axis)
                ranges[axis] = min(lower, upper)..<upper
                starts[axis] = start
            }
            var offsets = [0]
            for axis in input.indices {
                offsets = offsets.flatMap { offset in
                    ranges[axis].map {
                        offset + (starts[axis] + $0 * window.dilations[axis]) * inputStrides[axis]
                    }
                }
            }
            body(output, offsets, paddedCount)
        }
    }

    /// How many positions of the kernel along `axis` lie less than `distance` from its first.
    private func positions(before distance: Int, _ axis: Int) -> Int {
        let dilation = window.dilations[axis]
        return max(0, min(window.kernel[axis], (distance + dilation - 1) / dilation))
    }
}

extension SpatialWindow {
    /// The shape a pool gives, `nil` when the rank is not known.
    func pooledShape(_ x: [Dimension]?, ceilMode: Bool) throws -> [Dimension]? {
        guard let x else { return nil }
        guard x.count >= 3 else {
            throw OctetError(
                .invalidModel, "the input needs a batch, channels and spatial axes", found: "rank \(x.count)")
        }
        let spatial = x.dropFirst(2).map(\.value)
        guard !spatial.contains(nil) else { return Array(x.prefix(2)) + spatial.map { _ in .unknown } }
        let resolved = try resolve(input: spatial.compactMap { $0 }, ceilMode: ceilMode)
        return Array(x.prefix(2)) + resolved.output.map(Dimension.fixed)
    }
}
