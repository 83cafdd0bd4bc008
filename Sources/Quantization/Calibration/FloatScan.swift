internal import TensorCore

/// One pass over floats: extremes, and whether all are finite.
struct FloatScan {
    private(set) var minimum = Float.infinity
    private(set) var maximum = -Float.infinity
    private(set) var isFinite = true

    init(_ values: UnsafeBufferPointer<Float>) {
        let width = 16
        var low = SIMD16<Float>(repeating: .infinity)
        var high = SIMD16<Float>(repeating: -.infinity)
        // A product with 0 is NaN for infinities and NaN, and stays so in the sum.
        var poison = SIMD16<Float>(repeating: 0)
        let bytes = UnsafeRawBufferPointer(values)
        var index = 0
        while index + width <= values.count {
            let lanes = bytes.loadUnaligned(fromByteOffset: index * 4, as: SIMD16<Float>.self)
            low.replace(with: lanes, where: lanes .< low)
            high.replace(with: lanes, where: lanes .> high)
            poison += lanes * 0
            index += width
        }
        minimum = low.min()
        maximum = high.max()
        isFinite = poison.sum() == 0
        while index < values.count {
            let value = values[index]
            if value < minimum { minimum = value }
            if value > maximum { maximum = value }
            if !value.isFinite { isFinite = false }
            index += 1
        }
    }
}

extension Tensor {
    /// Calls `body` with the elements as float32 and their scan.
    /// - Throws: `invalidData` when the tensor is no float tensor or holds NaN or infinity.
    func withScannedFloats(_ body: (UnsafeBufferPointer<Float>, FloatScan) -> Void) throws {
        func scan(_ values: UnsafeBufferPointer<Float>) throws {
            guard !values.isEmpty else { return }
            let result = FloatScan(values)
            guard result.isFinite else {
                let position = values.firstIndex { !$0.isFinite } ?? 0
                throw OctetError(
                    .invalidData, "element \(position) of the calibration data is not finite",
                    expected: "finite numbers", found: "\(values[position])")
            }
            body(values, result)
        }
        if elementType == .float32 {
            try withElements(as: Float.self, scan)
        } else if elementType.isFloatingPoint, let converted = floats {
            try converted.withUnsafeBufferPointer(scan)
        } else {
            throw OctetError(
                .invalidData, "only real tensors can be calibrated", expected: "float32", found: elementType.rawValue)
        }
    }
}
