/// How the integers of a tensor stand for reals: `real = scale · (q − zero point)`.
///
/// One scale for the whole tensor, one for each index of an axis, or one for each block along an axis.
/// Zero is always exactly representable.
///
/// Types and tensors are copied all the time, so a copy is one reference, and what is the same object is equal.
public struct QuantizationParameters: Sendable {
    private var storage: Storage

    private final class Storage: Sendable {
        let scales: [Float]
        let zeroPoints: [Int32]
        let axis: Int?
        let blockSize: Int?

        init(_ scales: [Float], _ zeroPoints: [Int32], _ axis: Int?, _ blockSize: Int?) {
            self.scales = scales
            self.zeroPoints = zeroPoints
            self.axis = axis
            self.blockSize = blockSize
        }
    }

    public init(scales: [Float], zeroPoints: [Int32], axis: Int? = nil, blockSize: Int? = nil) {
        storage = Storage(scales, zeroPoints, axis, blockSize)
    }

    /// One scale (per tensor), one an index of `axis`, or, with `blockSize`, one a block in row-major order.
    public var scales: [Float] {
        get { storage.scales }
        set { storage = Storage(newValue, zeroPoints, axis, blockSize) }
    }

    /// As many as there are scales.
    public var zeroPoints: [Int32] {
        get { storage.zeroPoints }
        set { storage = Storage(scales, newValue, axis, blockSize) }
    }

    /// The axis the scales run along; `nil` for one scale a tensor.
    public var axis: Int? { storage.axis }

    /// Elements that share a scale along `axis`; `nil` when each index has its own.
    public var blockSize: Int? { storage.blockSize }

    /// One scale for the whole tensor.
    public init(scale: Float, zeroPoint: Int32) {
        self.init(scales: [scale], zeroPoints: [zeroPoint])
    }

    public var isPerTensor: Bool { axis == nil }

    /// True when every zero point is 0.
    public var isSymmetric: Bool { zeroPoints.allSatisfy { $0 == 0 } }
}

extension QuantizationParameters: Hashable {
    public static func == (left: QuantizationParameters, right: QuantizationParameters) -> Bool {
        left.storage === right.storage
            || left.axis == right.axis && left.blockSize == right.blockSize && left.zeroPoints == right.zeroPoints
                && left.scales == right.scales
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(scales)
        hasher.combine(zeroPoints)
        hasher.combine(axis)
        hasher.combine(blockSize)
    }
}

extension QuantizationParameters: CustomStringConvertible {
    public var description: String {
        if isPerTensor, let scale = scales.first, let zeroPoint = zeroPoints.first {
            return "scale \(scale) zero point \(zeroPoint)"
        }
        return "\(scales.count) scales along axis \(axis ?? 0)" + (blockSize.map { " in blocks of \($0)" } ?? "")
    }
}
