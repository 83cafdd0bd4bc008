public import ModelGraph
public import TensorCore

/// ONNX `GridSample`: X (batch, channels, extents) read at the points of a grid (batch, points, coordinates), whose
/// coordinates run from −1 to 1, that of the last axis first.
public struct GridSample: TensorOperator {
    public static let name = "GridSample"

    public enum Interpolation: String, Sendable { case nearest, linear, cubic }
    public enum Padding: String, Sendable { case zeros, border, reflection }

    public var interpolation: Interpolation
    public var padding: Padding
    /// Whether −1 and 1 are the centres of the corner pixels, not their outer edges.
    public var alignsCorners: Bool

    public init(interpolation: Interpolation = .linear, padding: Padding = .zeros, alignsCorners: Bool = false) {
        self.interpolation = interpolation
        self.padding = padding
        self.alignsCorners = alignsCorners
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let (x, grid) = (try inputs.tensor(0), try inputs.tensor(1))
        guard let shape = x.shape, let points = grid.shape else { return [.tensor(x.elementType, nil)] }
        guard shape.count >= 3, shape.count <= 6, points.count == shape.count,
            points.last?.value ?? shape.count - 2 == shape.count - 2,
            shape[0].value == nil || points[0].value == nil || shape[0] == points[0]
        else {
            throw OctetError(
                .invalidModel, "the grid does not fit", expected: "1 to 4 spatial axes, as many coordinates",
                found: "\(shape) and \(points)")
        }
        return [.tensor(x.elementType, [shape[0], shape[1]] + points[1..<points.count - 1])]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .reals)
        try inputs.require(1, .reals)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let (x, grid) = (try inputs.required(0), try inputs.required(1))
        let extents = Array(x.shape[2...])
        let strides = Tensor.rowMajorStrides(extents)
        let volume = extents.reduce(1, *)
        let values = try x.reals()
        let coordinates = try grid.reals()
        let points = grid.shape[1..<grid.rank - 1].reduce(1, *)
        let channels = x.shape[1]
        var result = [Double](repeating: 0, count: output.count)
        guard volume > 0 else { return try output.setReals(result) }
        for batch in 0..<x.shape[0] {
            for point in 0..<points {
                let start = (batch * points + point) * extents.count
                let taps = taps(Array(coordinates[start..<start + extents.count].reversed()), extents, strides)
                for channel in 0..<channels {
                    let base = (batch * channels + channel) * volume
                    result[(batch * channels + channel) * points + point] =
                        taps.reduce(0) { $0 + values[base + $1.place] * $1.weight }
                }
            }
        }
        try output.setReals(result)
    }

    private typealias Tap = (place: Int, weight: Double)

    /// The elements that a point reads, with their weights: the product of what it reads along each axis.
    private func taps(_ point: [Double], _ extents: [Int], _ strides: [Int]) -> [Tap] {
        var taps: [Tap] = [(0, 1)]
        for axis in extents.indices {
            let along = taps1D(point[axis], extents[axis])
            taps = taps.flatMap { tap in
                along.map { (tap.place + $0.place * strides[axis], tap.weight * $0.weight) }
            }
        }
        return taps
    }

    private func taps1D(_ normalized: Double, _ extent: Int) -> [Tap] {
        let length = Double(extent)
        let real =
            alignsCorners ? (normalized + 1) / 2 * (length - 1) : ((normalized + 1) * length - 1) / 2
        guard real.isFinite else { return padding == .zeros ? [] : [(0, 1)] }
        var position = interpolation == .nearest ? real.rounded(.toNearestOrEven) : real
        let (lowest, highest) = alignsCorners ? (0, length - 1) : (-0.5, length - 0.5)
        if position < lowest || position > highest {
            switch padding {
            case .zeros: position = max(-4, min(position, length + 4))
            case .border: position = max(0, min(position, length - 1))
            case .reflection: position = reflected(position, lowest, highest)
            }
        }
        let first = position.rounded(.down)
        let rest = position - first
        let weights: [Double]
        let start: Int
        switch interpolation {
        case .nearest: (weights, start) = ([1], Int(position.rounded(.toNearestOrEven)))
        case .linear: (weights, start) = ([1 - rest, rest], Int(first))
        case .cubic: (weights, start) = (Self.cubicWeights(rest), Int(first) - 1)
        }
        return weights.enumerated().compactMap { offset, weight in
            let place = start + offset
            if place >= 0 && place < extent { return (place, weight) }
            switch padding {
            case .zeros: return nil
            case .border: return (max(0, min(place, extent - 1)), weight)
            case .reflection:
                let mirrored = Int(reflected(Double(place), lowest, highest))
                return (max(0, min(mirrored, extent - 1)), weight)
            }
        }
    }

    private func reflected(_ position: Double, _ lowest: Double, _ highest: Double) -> Double {
        let range = highest - lowest
        guard range > 0 else { return lowest }
        let away = position < lowest ? lowest - position : position - highest
        guard away > 0 else { return position }
        let turns = (away / range).rounded(.down)
        let rest = away - turns * range
        let isEven = turns.truncatingRemainder(dividingBy: 2) == 0
        return (position < lowest) == isEven ? lowest + rest : highest - rest
    }

    /// Keys' cubic convolution with a = −0.75, for the elements at −1, 0, 1 and 2.
    private static func cubicWeights(_ x: Double) -> [Double] {
        let a = -0.75
        let near = { (t: Double) in ((a + 2) * t - (a + 3)) * t * t + 1 }
        let far = { (t: Double) in ((a * t - 5 * a) * t + 8 * a) * t - 4 * a }
        return [far(x + 1), near(x), near(1 - x), far(2 - x)]
    }
}
