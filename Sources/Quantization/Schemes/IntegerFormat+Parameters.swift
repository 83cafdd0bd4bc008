internal import TensorCore

extension IntegerFormat {
    /// The scale and zero point that spread `range`, widened to contain 0, over ``codes``.
    ///
    /// Computed in binary64 and rounded to binary32 once; the zero point is rounded half to even from the scale before
    /// that rounding. A range so small that its scale would not be a normal number gets scale 1 and zero point 0. The
    /// numbers equal those of ONNX Runtime's quantization tool (`compute_scale_zp`).
    public func parameters(for range: ClosedRange<Float>) -> (scale: Float, zeroPoint: Int32) {
        var low = Double(min(range.lowerBound, 0))
        var high = Double(max(range.upperBound, 0))
        if isSymmetric {
            high = max(-low, high)
            low = -high
        }
        let scale = (high - low) / Double(codes.upperBound - codes.lowerBound)
        guard scale >= Double(Float.leastNormalMagnitude) else { return (1, 0) }
        let zeroPoint =
            isSymmetric
            ? (Double(codes.lowerBound + codes.upperBound) / 2).rounded(.toNearestOrEven)
            : (Double(codes.lowerBound) - low / scale).rounded(.toNearestOrEven)
        return (Float(scale), Int32(zeroPoint))
    }

    /// The reals that the smallest and the largest code stand for.
    public func reals(scale: Float, zeroPoint: Int32) -> ClosedRange<Float> {
        let low = Float(codes.lowerBound - Int(zeroPoint)) * scale
        let high = Float(codes.upperBound - Int(zeroPoint)) * scale
        return low...high
    }
}
