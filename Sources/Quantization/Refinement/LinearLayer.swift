internal import ModelGraph
internal import Operators
internal import TensorCore

/// A node with constant weights, seen as matrix products: each group has ``channels`` rows of ``depth`` weights, which
/// are multiplied with patches of the input, one for each position of the output.
struct LinearLayer {
    let node: NodeID
    let groups: Int
    /// Output channels of a group.
    let channels: Int
    /// Products in a sum.
    let depth: Int
    /// Elements of a patch that come from the same input channel.
    let taps: Int
    /// The axis of the input that holds its channels, counted from the end where it is the last.
    let isChannelsFirst: Bool
    private let window: SpatialWindow
    private let kernel: [Int]
    /// Whether the weights lie depth first.
    private let isTransposed: Bool

    /// - Returns: `nil` when the node is no product with float32 weights as its second input.
    init?(_ node: NodeID, of graph: Graph) {
        guard let weights = graph[node].input(1).flatMap({ graph[$0].constant }), weights.elementType == .float32,
            weights.rank >= 2, weights.count > 0
        else { return nil }
        self.node = node
        if let convolution = graph[node].op as? Convolution {
            groups = convolution.group
            channels = weights.shape[0] / convolution.group
            depth = weights.shape[1...].reduce(1, *)
            taps = weights.shape[2...].reduce(1, *)
            window = convolution.window
            kernel = Array(weights.shape[2...])
            isTransposed = false
            isChannelsFirst = true
            return
        }
        if let product = graph[node].op as? Gemm {
            isTransposed = !product.transposesB
        } else if graph[node].op is MatrixMultiplication, weights.rank == 2 {
            isTransposed = true
        } else {
            return nil
        }
        groups = 1
        channels = weights.shape[isTransposed ? 1 : 0]
        depth = weights.shape[isTransposed ? 0 : 1]
        taps = 1
        window = SpatialWindow()
        kernel = []
        isChannelsFirst = false
    }

    /// Weights as rows: group by group, channel by channel, `depth` of each.
    func rows(of weights: Tensor) -> [Float] {
        let values = weights.elements(as: Float.self)
        return isTransposed ? Self.transposed(values, rows: depth) : values
    }

    /// The inverse of ``rows(of:)``.
    func tensor(rows: [Float], shape: [Int]) -> Tensor {
        Tensor(isTransposed ? Self.transposed(rows, rows: channels) : rows, shape: shape)
    }

    private static func transposed(_ values: [Float], rows: Int) -> [Float] {
        let columns = values.count / max(rows, 1)
        var result = values
        for row in 0..<rows {
            for column in 0..<columns { result[column * rows + row] = values[row * columns + column] }
        }
        return result
    }

    /// The sum of squared weights that each input channel meets.
    func sensitivity(of weights: Tensor) -> [Double] {
        let rows = rows(of: weights)
        let own = depth / taps
        var sums = Array(repeating: 0.0, count: groups * own)
        for index in rows.indices {
            let row = index / depth
            sums[row / channels * own + index % depth / taps] += Double(rows[index]) * Double(rows[index])
        }
        return sums
    }
}

extension LinearLayer {
    /// How many patches an input has; 0 for one that the layer does not take.
    func positions(of input: Tensor) throws -> Int {
        guard isChannelsFirst else { return input.count / depth }
        return try input.shape[0] * resolved(input).output.reduce(1, *)
    }

    /// The sum of all patches of an input, for every group.
    func patchSums(of input: Tensor) throws -> [Double] {
        guard isChannelsFirst else { return input.sums(along: input.rank - 1) }
        let window = try resolved(input)
        let outer = input.shape[0] * input.shape[1]
        var sums: [Double]
        if window.output == Array(input.shape[2...]), taps == 1 {
            sums = input.rowSums(of: input.count / max(outer, 1))
        } else {
            let last = kernel.count - 1
            sums = input.tapSums(extent: input.shape[2 + last], window, axis: last)
            var inner = kernel[last]
            for axis in (0..<last).reversed() {
                let extent = input.shape[2 + axis]
                sums = Self.tapSums(of: sums, extent: extent, inner: inner, window, axis: axis)
                inner *= kernel[axis]
            }
        }
        let batch = input.shape[0]
        let each = sums.count / max(batch, 1)
        for sample in 1..<max(batch, 1) {
            for index in 0..<each { sums[index] += sums[sample * each + index] }
        }
        return Array(sums.prefix(each))
    }

    /// Sums over one axis for each tap: `[outer, extent, inner]` becomes `[outer, taps, inner]`.
    private static func tapSums(
        of values: [Double], extent: Int, inner: Int, _ window: SpatialWindow.Resolved, axis: Int
    ) -> [Double] {
        let taps = window.kernel[axis]
        let outer = values.count / (extent * inner)
        var result = Array(repeating: 0.0, count: outer * taps * inner)
        for block in 0..<outer {
            for tap in 0..<taps {
                let target = (block * taps + tap) * inner
                for place in window.places(of: tap, axis: axis, extent: extent) {
                    let source = (block * extent + place) * inner
                    for index in 0..<inner { result[target + index] += values[source + index] }
                }
            }
        }
        return result
    }

    /// Patches of one group, one after the other.
    /// - Parameter positions: which, below ``positions(of:)``.
    func rows(at positions: [Int], group: Int, of input: Tensor) throws -> [Float] {
        let depth = depth
        var rows = Array(repeating: Float(0), count: positions.count * depth)
        guard isChannelsFirst else {
            input.withElements(as: Float.self) { values in
                for (row, position) in positions.enumerated() {
                    for index in 0..<depth { rows[row * depth + index] = values[position * depth + index] }
                }
            }
            return rows
        }
        let window = try resolved(input)
        let plane = input.shape[2...].reduce(1, *)
        let own = depth / taps
        let outputs = window.output.reduce(1, *)
        input.withElements(as: Float.self) { values in
            for (row, position) in positions.enumerated() {
                let offsets = tapOffsets(at: position % outputs, window, Array(input.shape[2...]))
                let base = (position / outputs * input.shape[1] + group * own) * plane
                var target = row * depth
                for channel in 0..<own {
                    for offset in offsets {
                        rows[target] = offset < 0 ? 0 : values[base + channel * plane + offset]
                        target += 1
                    }
                }
            }
        }
        return rows
    }

    /// Where in a channel's plane each tap lies for an output position; negative in the padding.
    private func tapOffsets(at position: Int, _ window: SpatialWindow.Resolved, _ extents: [Int]) -> [Int] {
        var origin = Array(repeating: 0, count: extents.count)
        var rest = position
        for axis in extents.indices.reversed() {
            origin[axis] = rest % window.output[axis] * window.strides[axis] - window.padBegin[axis]
            rest /= window.output[axis]
        }
        return (0..<taps).map { tap in
            var rest = tap
            var offset = 0
            var stride = 1
            for axis in extents.indices.reversed() {
                let place = origin[axis] + rest % kernel[axis] * window.dilations[axis]
                guard place >= 0, place < extents[axis] else { return -1 }
                offset += place * stride
                stride *= extents[axis]
                rest /= kernel[axis]
            }
            return offset
        }
    }

    private func resolved(_ input: Tensor) throws -> SpatialWindow.Resolved {
        try window.resolve(input: Array(input.shape.dropFirst(2)), kernel: kernel)
    }
}

extension SpatialWindow.Resolved {
    /// The places along an axis that a tap of the kernel reads, one for each output that is not in the padding.
    fileprivate func places(of tap: Int, axis: Int, extent: Int) -> StrideTo<Int> {
        let offset = tap * dilations[axis] - padBegin[axis]
        let first = offset >= 0 ? 0 : (-offset + strides[axis] - 1) / strides[axis]
        let end = min(extent, (output[axis] - 1) * strides[axis] + offset + 1)
        return stride(from: first * strides[axis] + offset, to: end, by: strides[axis])
    }
}

extension Tensor {
    /// The sums of rows of `length` float32 elements each.
    fileprivate func rowSums(of length: Int) -> [Double] {
        withElements(as: Float.self) { values in
            (0..<values.count / max(length, 1)).map { row in
                UnsafeBufferPointer(rebasing: values[row * length..<(row + 1) * length]).sum
            }
        }
    }

    /// The sums of the last axis's elements that each tap of a window reads: `[outer, taps]`.
    fileprivate func tapSums(extent: Int, _ window: SpatialWindow.Resolved, axis: Int) -> [Double] {
        let taps = window.kernel[axis]
        let places = (0..<taps).map { window.places(of: $0, axis: axis, extent: extent) }
        return withElements(as: Float.self) { values in
            var result = Array(repeating: 0.0, count: values.count / max(extent, 1) * taps)
            for outer in 0..<result.count / taps {
                for tap in 0..<taps {
                    var sum = 0.0
                    for place in places[tap] { sum += Double(values[outer * extent + place]) }
                    result[outer * taps + tap] = sum
                }
            }
            return result
        }
    }

    /// The sum of float32 elements for each index of the last axis.
    fileprivate func sums(along axis: Int) -> [Double] {
        let depth = shape[axis]
        var sums = Array(repeating: 0.0, count: depth)
        withElements(as: Float.self) { values in
            for start in stride(from: 0, to: values.count, by: max(depth, 1)) {
                for index in 0..<depth { sums[index] += Double(values[start + index]) }
            }
        }
        return sums
    }
}

extension UnsafeBufferPointer<Float> {
    /// The sum in an order that depends on nothing.
    fileprivate var sum: Double {
        var sums = SIMD8<Double>(repeating: 0)
        let bytes = UnsafeRawBufferPointer(self)
        var index = 0
        while index + 8 <= count {
            sums += SIMD8<Double>(bytes.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self))
            index += 8
        }
        var sum = sums.sum()
        while index < count {
            sum += Double(self[index])
            index += 1
        }
        return sum
    }
}
