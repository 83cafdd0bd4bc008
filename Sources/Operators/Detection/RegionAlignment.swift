public import ModelGraph
public import TensorCore

/// ONNX `RoiAlign`: each region of the feature maps, sampled bilinearly and pooled to a fixed extent.
///
/// Inputs: X (batch, channels, height, width), the regions' corners (regions, 4: x, y, x, y), and which batch each
/// region lies in. Source: He et al., "Mask R-CNN".
public struct RegionAlignment: TensorOperator {
    public static let name = "RoiAlign"

    public var height: Int
    public var width: Int
    /// Samples along each side of a bin; 0 takes as many as the bin has pixels.
    public var samplingRatio: Int
    public var spatialScale: Float
    public var takesMaximum: Bool
    /// Whether coordinates are shifted by half a pixel (`half_pixel`).
    public var shiftsHalfPixel: Bool

    public init(
        height: Int = 1, width: Int = 1, samplingRatio: Int = 0, spatialScale: Float = 1, takesMaximum: Bool = false,
        shiftsHalfPixel: Bool = true
    ) {
        self.height = height
        self.width = width
        self.samplingRatio = samplingRatio
        self.spatialScale = spatialScale
        self.takesMaximum = takesMaximum
        self.shiftsHalfPixel = shiftsHalfPixel
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let (x, regions) = (try inputs.tensor(0), try inputs.tensor(1))
        guard height > 0, width > 0, x.shape?.count ?? 4 == 4, regions.shape?.count ?? 2 == 2,
            regions.shape?[1].value ?? 4 == 4
        else { throw OctetError(.invalidModel, "the shapes of RoiAlign do not fit") }
        return [
            .tensor(
                x.elementType,
                [regions.shape?[0] ?? .unknown, x.shape?[1] ?? .unknown, .fixed(height), .fixed(width)])
        ]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .reals)
        try inputs.require(1, .reals)
        try inputs.require(2, .indices)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let (x, regions) = (try inputs.required(0), try inputs.required(1))
        let values = try x.reals()
        let corners = try regions.reals()
        let batches = try inputs.integers(2) ?? []
        guard batches.count == regions.shape[0], batches.allSatisfy({ $0 >= 0 && $0 < x.shape[0] }) else {
            throw OctetError(.invalidData, "the batches of the regions do not fit")
        }
        let (channels, plane) = (x.shape[1], x.shape[2] * x.shape[3])
        var result: [Double] = []
        result.reserveCapacity(output.count)
        for (region, batch) in batches.enumerated() {
            let bins = try bins(Array(corners[region * 4..<region * 4 + 4]), x.shape[2], x.shape[3])
            for channel in 0..<channels {
                let base = (batch * channels + channel) * plane
                for samples in bins {
                    let taken = samples.map { sample in
                        sample.map { values[base + $0.place] * $0.weight }
                    }
                    if takesMaximum {
                        result.append(taken.compactMap { $0.max() }.max() ?? 0)
                    } else {
                        result.append(taken.reduce(0) { $0 + $1.reduce(0, +) } / Double(max(1, samples.count)))
                    }
                }
            }
        }
        try output.setReals(result)
    }

    private typealias Sample = [(place: Int, weight: Double)]

    /// For each bin of a region its samples.
    private func bins(_ corners: [Double], _ inputHeight: Int, _ inputWidth: Int) throws -> [[Sample]] {
        let shift = shiftsHalfPixel ? 0.5 : 0
        let scaled = corners.map { $0 * Double(spatialScale) - shift }
        var (extentX, extentY) = (scaled[2] - scaled[0], scaled[3] - scaled[1])
        if !shiftsHalfPixel { (extentX, extentY) = (max(extentX, 1), max(extentY, 1)) }
        let (stepX, stepY) = (extentX / Double(width), extentY / Double(height))
        let (countX, countY) = (try sampleCount(stepX), try sampleCount(stepY))
        var bins: [[Sample]] = []
        for row in 0..<height {
            for column in 0..<width {
                var samples: [Sample] = []
                for sampleY in 0..<countY {
                    for sampleX in 0..<countX {
                        let y = scaled[1] + (Double(row) + (Double(sampleY) + 0.5) / Double(countY)) * stepY
                        let x = scaled[0] + (Double(column) + (Double(sampleX) + 0.5) / Double(countX)) * stepX
                        samples.append(sample(y, x, inputHeight, inputWidth))
                    }
                }
                bins.append(samples)
            }
        }
        return bins
    }

    private func sampleCount(_ step: Double) throws -> Int {
        if samplingRatio > 0 && samplingRatio <= 1024 { return samplingRatio }
        guard samplingRatio <= 0, step.rounded(.up) <= 1024 else {
            throw OctetError(.resourceLimit, "a region needs too many samples", expected: "at most 1024 along a side")
        }
        return max(0, Int(step.rounded(.up)))
    }

    private func sample(_ y: Double, _ x: Double, _ height: Int, _ width: Int) -> Sample {
        guard y >= -1, x >= -1, y <= Double(height), x <= Double(width), height > 0, width > 0 else { return [] }
        let (rows, columns) = (neighbours(y, height), neighbours(x, width))
        return rows.flatMap { row in
            columns.map { (row.place * width + $0.place, row.weight * $0.weight) }
        }
    }

    private func neighbours(_ coordinate: Double, _ extent: Int) -> Sample {
        let bounded = max(0, min(coordinate, Double(extent - 1)))
        let low = Int(bounded)
        let rest = bounded - Double(low)
        return [(low, 1 - rest), (min(low + 1, extent - 1), rest)]
    }
}
