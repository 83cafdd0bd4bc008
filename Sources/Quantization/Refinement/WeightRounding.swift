internal import ModelGraph
internal import TensorCore

/// Chooses scales and codes of weights by what they do to the layer's result and not by their own error.
///
/// With d the weights less their rounded form and C the covariance of the layer's rounded input, d'Cd is the variance
/// of the error of a channel's result; its mean is taken out by ``BiasCorrection``. First the scale is chosen among
/// fractions of the largest, by the diagonal of C. Then single codes move by one, in turn, while that lowers d'Cd
/// (coordinate descent on the objective of M. Nagel et al., Up or Down? Adaptive Rounding for Post-Training
/// Quantization, 2020); no code moves further than one step from the real weight.
enum WeightRounding {
    /// Fractions of the range from the smallest to the largest weight that are tried.
    private static let fractions = (0...20).map { 1 - Float($0) / 40 }
    private static let sweeps = 8

    /// Puts scales and rounded weights into the plan.
    /// - Parameter statistics: with covariances.
    static func apply(
        _ statistics: LayerStatistics, to plan: inout QuantizationPlan, of graph: Graph, _ executor: any Executor
    ) throws {
        let layers = statistics.all
        let given = plan
        let entries = try executor.map(layers.count) { rounded(layers[$0], given, graph) }
        for (layer, entry) in zip(layers, entries) {
            if let entry { plan[.input(layer.layer.node, 1)] = entry }
        }
    }

    /// The weight of a layer with new parameters and rounded contents; `nil` where it stays as it is.
    private static func rounded(
        _ measured: LayerStatistics.Layer, _ plan: QuantizationPlan, _ graph: Graph
    ) -> TensorQuantization? {
        let slot = TensorSlot.input(measured.layer.node, 1)
        guard let covariance = measured.covariance, var entry = plan[slot], entry.replacement == nil,
            entry.blockSize == nil,
            var parameters = entry.parameters, let weights = slot.value(in: graph).flatMap({ graph[$0].constant })
        else { return nil }
        var rows = Rows(measured.layer, weights, entry.format, parameters)
        let blocks = covariance.blocks.map { (block: $0, matrix: covariance.matrix(of: $0)) }
        rows.chooseScales(blocks, fractions: fractions)
        for (block, matrix) in blocks { rows.round(block, matrix, sweeps: sweeps) }
        parameters.scales = rows.scales
        parameters.zeroPoints = rows.zeroPoints
        entry.parameters = parameters
        entry.replacement = .values(measured.layer.tensor(rows: rows.rounded, shape: weights.shape))
        return entry
    }
}

/// The weights of a layer while they are being rounded.
private struct Rows {
    private let layer: LinearLayer
    private let format: IntegerFormat
    private let real: [Float]
    private(set) var rounded: [Float]
    /// One a channel, or one for all.
    private(set) var scales: [Float]
    private(set) var zeroPoints: [Int32]

    init(
        _ layer: LinearLayer, _ weights: Tensor, _ format: IntegerFormat, _ parameters: QuantizationParameters
    ) {
        self.layer = layer
        self.format = format
        real = layer.rows(of: weights)
        rounded = real
        scales = parameters.scales
        zeroPoints = parameters.zeroPoints
    }

    private func places(of channel: Int) -> Range<Int> { channel * layer.depth..<(channel + 1) * layer.depth }

    /// Takes for each scale the fraction of its range with the least error, weighted by the variance of the inputs.
    mutating func chooseScales(
        _ blocks: [(block: InputCovariance.Block, matrix: [Float])], fractions: [Float]
    ) {
        var variances = Array(repeating: Float(0), count: layer.groups * layer.depth)
        for (block, matrix) in blocks {
            for index in 0..<block.size {
                variances[block.group * layer.depth + block.start + index] = matrix[index * (block.size + 1)]
            }
        }
        let count = layer.groups * layer.channels / scales.count
        for index in scales.indices {
            let channels = index * count..<(index + 1) * count
            let values = real[
                places(of: channels.lowerBound).lowerBound..<places(of: channels.upperBound - 1).upperBound]
            guard let low = values.min(), let high = values.max(), low < high || low != 0 else { continue }
            var best = Double.infinity
            for fraction in fractions {
                let (scale, zeroPoint) = format.parameters(
                    for: min(low * fraction, 0)...max(high * fraction, 0))
                let rounding = FakeQuantization((scale, zeroPoint), format)
                var error = 0.0
                for channel in channels {
                    let group = channel / layer.channels * layer.depth
                    for (place, index) in zip(places(of: channel), group...) {
                        let d = rounding.value(of: real[place]) - real[place]
                        error += Double(d * d * variances[index])
                    }
                }
                if error < best { (best, scales[index], zeroPoints[index]) = (error, scale, zeroPoint) }
            }
            let rounding = FakeQuantization((scales[index], zeroPoints[index]), format)
            for channel in channels {
                for place in places(of: channel) { rounded[place] = rounding.value(of: real[place]) }
            }
        }
    }

    /// Moves codes of one block of columns in all channels of its group.
    mutating func round(_ block: InputCovariance.Block, _ matrix: [Float], sweeps: Int) {
        let size = block.size
        var gradient = Array(repeating: Float(0), count: size)
        for channel in block.group * layer.channels..<(block.group + 1) * layer.channels {
            let index = scales.count == 1 ? 0 : channel
            let scale = scales[index]
            let low = Float(format.codes.lowerBound - Int(zeroPoints[index])) * scale
            let high = Float(format.codes.upperBound - Int(zeroPoints[index])) * scale
            let start = channel * layer.depth + block.start
            for column in 0..<size { gradient[column] = 0 }
            for column in 0..<size {
                let d = real[start + column] - rounded[start + column]
                if d != 0 { gradient.add(d, row: column, of: matrix) }
            }
            for _ in 0..<sweeps {
                var moved = false
                for column in 0..<size {
                    let slope = gradient[column]
                    guard abs(slope) * 2 > scale * matrix[column * (size + 1)] else { continue }
                    let step = slope > 0 ? scale : -scale
                    let next = ((rounded[start + column] + step) / scale).rounded() * scale
                    guard abs(next - real[start + column]) <= scale, next >= low, next <= high else { continue }
                    gradient.add(rounded[start + column] - next, row: column, of: matrix)
                    rounded[start + column] = next
                    moved = true
                }
                if !moved { break }
            }
        }
    }
}

extension [Float] {
    /// Adds a multiple of one row of a square matrix.
    fileprivate mutating func add(_ factor: Float, row: Int, of matrix: [Float]) {
        let size = count
        withUnsafeMutableBytes { target in
            matrix.withUnsafeBytes { source in
                let base = row * size * 4
                var place = 0
                while place + 32 <= size * 4 {
                    let sum =
                        target.loadUnaligned(fromByteOffset: place, as: SIMD8<Float>.self)
                        + source.loadUnaligned(fromByteOffset: base + place, as: SIMD8<Float>.self) * factor
                    target.storeBytes(of: sum, toByteOffset: place, as: SIMD8<Float>.self)
                    place += 32
                }
                while place < size * 4 {
                    let sum =
                        target.load(fromByteOffset: place, as: Float.self)
                        + source.load(fromByteOffset: base + place, as: Float.self) * factor
                    target.storeBytes(of: sum, toByteOffset: place, as: Float.self)
                    place += 4
                }
            }
        }
    }
}
