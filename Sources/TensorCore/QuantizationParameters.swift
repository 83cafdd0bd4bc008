/// How the integers of a tensor stand for reals: `real = scale · (q − zero point)`.
///
/// One scale for the whole tensor, one for each index of an axis, or one for each block along an axis.
/// Zero is always exactly representable.
public struct QuantizationParameters: Sendable, Hashable {
    /// One scale (per tensor), one an index of `axis`, or, with `blockSize`, one a block in row-major order.
    public var scales: [Float]
    /// As many as there are scales.
    public var zeroPoints: [Int32]
    /// The axis the scales run along; `nil` for one scale a tensor.
    public var axis: Int?
    /// Elements that share a scale along `axis`; `nil` when each index has its own.
    public var blockSize: Int?

    public init(scales: [Float], zeroPoints: [Int32], axis: Int? = nil, blockSize: Int? = nil) {
        self.scales = scales
        self.zeroPoints = zeroPoints
        self.axis = axis
        self.blockSize = blockSize
    }

    /// One scale for the whole tensor.
    public init(scale: Float, zeroPoint: Int32) {
        self.init(scales: [scale], zeroPoints: [zeroPoint])
    }

    public var isPerTensor: Bool { axis == nil }

    /// True when every zero point is 0.
    public var isSymmetric: Bool { zeroPoints.allSatisfy { $0 == 0 } }
}

extension QuantizationParameters: CustomStringConvertible {
    public var description: String {
        if isPerTensor, let scale = scales.first, let zeroPoint = zeroPoints.first {
            return "scale \(scale) zero point \(zeroPoint)"
        }
        return "\(scales.count) scales along axis \(axis ?? 0)" + (blockSize.map { " in blocks of \($0)" } ?? "")
    }
}
