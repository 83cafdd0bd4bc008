internal import TensorCore

/// What the loops of convolutions and matrix products sum in.
protocol Accumulating: BitwiseCopyable {
    static var zero: Self { get }
    /// `self + a · b`: fused for floats, modulo 2³² for integers.
    func adding(_ a: Self, times b: Self) -> Self
}

extension Float: Accumulating {
    @inline(__always)
    func adding(_ a: Float, times b: Float) -> Float { addingProduct(a, b) }
}

extension Double: Accumulating {
    @inline(__always)
    func adding(_ a: Double, times b: Double) -> Double { addingProduct(a, b) }
}

extension Int32: Accumulating {
    @inline(__always)
    func adding(_ a: Int32, times b: Int32) -> Int32 { self &+ a &* b }
}

extension Int64: Accumulating {
    @inline(__always)
    func adding(_ a: Int64, times b: Int64) -> Int64 { self &+ a &* b }
}
