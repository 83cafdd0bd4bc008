internal import TensorCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How far a signal lies from its reference, over any number of pairs of tensors.
///
/// Five sums in double precision; parts measured apart can be merged.
public struct SignalError: Sendable, Hashable {
    /// Elements compared.
    public private(set) var count = 0
    private var referencePower = 0.0
    private var power = 0.0
    private var product = 0.0
    private var noise = 0.0

    /// Nothing compared yet.
    public init() {}

    /// Adds two signals of the same length.
    public mutating func add(reference: [Float], signal: [Float]) {
        precondition(reference.count == signal.count, "signals of \(reference.count) and \(signal.count) elements")
        var sums: (reference: Double, signal: Double, product: Double, noise: Double) = (0, 0, 0, 0)
        for index in reference.indices {
            let (expected, found) = (Double(reference[index]), Double(signal[index]))
            sums.reference += expected * expected
            sums.signal += found * found
            sums.product += expected * found
            // Equal infinities do not differ.
            let difference = expected == found ? 0 : found - expected
            sums.noise += difference * difference
        }
        count += reference.count
        referencePower += sums.reference
        power += sums.signal
        product += sums.product
        noise += sums.noise
    }

    /// Adds what was measured elsewhere.
    public mutating func merge(_ other: SignalError) {
        count += other.count
        referencePower += other.referencePower
        power += other.power
        product += other.product
        noise += other.noise
    }

    /// The ratio of the reference's power to that of the error, in decibels; infinite when there is no error.
    public var sqnr: Double {
        if noise == 0 { return .infinity }
        return 10 * log10(referencePower / noise)
    }

    /// The cosine of the angle between the two; 1 when both are zero.
    public var cosine: Double {
        let scale = (referencePower * power).squareRoot()
        if scale > 0 { return product / scale }
        return noise == 0 ? 1 : 0
    }

    /// The mean squared error; 0 when nothing was compared.
    public var meanSquaredError: Double { count == 0 ? 0 : noise / Double(count) }
}
