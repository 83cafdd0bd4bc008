public import TensorCore

/// Counts elements in bins that follow from their bits, so that no range is needed beforehand.
///
/// For each sign, the nine octaves below the largest magnitude seen have 512 bins each, equally wide within the octave:
/// a bin is 1/512 to 1/1024 of the largest magnitude wide in the topmost octave and half of that in each one below.
/// Every octave further down, whose elements are smaller than 1/256 of the maximum, is one bin. When a larger magnitude
/// arrives, octaves that leave the fine region are summed into single bins; as this is exact, the bins depend on the
/// multiset of elements alone and not on their order. About 150 kB, whatever is fed.
public struct HistogramObserver: Observer {
    static let fineOctaves = 9
    static let binsPerOctave = 512
    static let octaves = 256
    private static let mantissaShift: UInt32 = 14

    /// For each sign `fineOctaves · binsPerOctave` counts; the last octave is that of the largest magnitude.
    private var fine: [UInt64]
    /// For each sign one count an octave.
    private var coarse: [UInt64]
    /// The biased exponent of the largest magnitude seen.
    private var top = 0
    private var bounds = MinMaxObserver()

    public init() {
        fine = Array(repeating: 0, count: 2 * Self.fineOctaves * Self.binsPerOctave)
        coarse = Array(repeating: 0, count: 2 * Self.octaves)
    }

    public mutating func observe(_ tensor: Tensor, sample: Int) throws {
        try tensor.withScannedFloats { values, scan in
            raiseTop(to: Self.exponent(max(abs(scan.minimum), abs(scan.maximum))))
            count(values)
            bounds.include(scan.minimum, scan.maximum)
        }
    }

    public mutating func merge(_ other: HistogramObserver) {
        var other = other
        raiseTop(to: other.top)
        other.raiseTop(to: top)
        for index in fine.indices { fine[index] += other.fine[index] }
        for index in coarse.indices { coarse[index] += other.coarse[index] }
        bounds.merge(other.bounds)
    }

    public var isSound: Bool {
        guard fine.count == 2 * Self.fineOctaves * Self.binsPerOctave, coarse.count == 2 * Self.octaves,
            (fine + coarse).allSatisfy({ $0 < 1 << 48 }), bounds.isSound
        else { return false }
        guard let extremes else { return total == 0 && top == 0 }
        return total > 0 && top == Self.exponent(max(abs(extremes.lowerBound), abs(extremes.upperBound)))
    }

    public var extremes: ClosedRange<Float>? { bounds.extremes }

    /// How many elements were seen.
    public var total: UInt64 { fine.reduce(0, +) + coarse.reduce(0, +) }

    private static func exponent(_ magnitude: Float) -> Int { Int(magnitude.bitPattern >> 23) }

    private mutating func count(_ values: UnsafeBufferPointer<Float>) {
        let lowest = top - Self.fineOctaves + 1
        let firstFine = UInt32(max(lowest, 0) << 9)
        let offset = lowest << 9
        let side = Self.fineOctaves * Self.binsPerOctave
        fine.withUnsafeMutableBufferPointer { fine in
            coarse.withUnsafeMutableBufferPointer { coarse in
                for value in values {
                    let bits = value.bitPattern
                    let negative = Int(bits >> 31)
                    let bin = (bits & 0x7fff_ffff) >> Self.mantissaShift
                    if bin >= firstFine {
                        fine[negative * side + Int(bin) - offset] += 1
                    } else {
                        coarse[negative * Self.octaves + Int(bin >> 9)] += 1
                    }
                }
            }
        }
    }

    /// Moves the fine region up, summing the octaves that leave it.
    private mutating func raiseTop(to newTop: Int) {
        guard newTop > top else { return }
        let side = Self.fineOctaves * Self.binsPerOctave
        let bins = Self.binsPerOctave
        let shift = newTop - top
        for sign in 0..<2 {
            for octave in 0..<Self.fineOctaves {
                let from = sign * side + octave * bins
                let moved = octave - shift
                let counts = Array(fine[from..<from + bins])
                for index in from..<from + bins { fine[index] = 0 }
                if moved >= 0 {
                    fine.replaceSubrange(sign * side + moved * bins..<sign * side + (moved + 1) * bins, with: counts)
                } else {
                    let exponent = top - Self.fineOctaves + 1 + octave
                    if exponent >= 0 { coarse[sign * Self.octaves + exponent] += counts.reduce(0, +) }
                }
            }
        }
        top = newTop
    }
}

extension HistogramObserver {
    /// A bin: how many elements lie from `lower` to `upper`.
    public struct Bin: Sendable, Equatable {
        public var lower: Float
        public var upper: Float
        public var count: UInt64
    }

    /// The bins that hold elements, from the most negative up; cut to the extremes.
    public var bins: [Bin] {
        guard let extremes else { return [] }
        let negative = magnitudeBins(sign: 1).reversed().map {
            Bin(lower: -$0.upper, upper: -$0.lower, count: $0.count)
        }
        return (negative + magnitudeBins(sign: 0)).map { bin in
            var bin = bin
            bin.lower = min(max(bin.lower, extremes.lowerBound), extremes.upperBound)
            bin.upper = min(max(bin.upper, extremes.lowerBound), extremes.upperBound)
            return bin
        }
    }

    /// The bins of |x|, from 0 up.
    public var magnitudeBins: [Bin] {
        let limit = extremes.map { max(abs($0.lowerBound), abs($0.upperBound)) } ?? 0
        var merged: [Bin] = []
        let both = (magnitudeBins(sign: 0) + magnitudeBins(sign: 1)).sorted { $0.lower < $1.lower }
        for bin in both {
            if let last = merged.last, last.lower == bin.lower {
                merged[merged.count - 1].count += bin.count
            } else {
                merged.append(Bin(lower: bin.lower, upper: min(bin.upper, limit), count: bin.count))
            }
        }
        return merged
    }

    public func share(outside range: ClosedRange<Float>) -> Double {
        var outside = 0.0
        for bin in bins {
            let width = Double(bin.upper) - Double(bin.lower)
            let below = min(Double(range.lowerBound), Double(bin.upper)) - Double(bin.lower)
            let above = Double(bin.upper) - max(Double(range.upperBound), Double(bin.lower))
            if width > 0 {
                outside += Double(bin.count) * min(1, (max(0, below) + max(0, above)) / width)
            } else if !range.contains(bin.lower) {
                outside += Double(bin.count)
            }
        }
        let all = total
        return all == 0 ? 0 : outside / Double(all)
    }

    private func magnitudeBins(sign: Int) -> [Bin] {
        var result: [Bin] = []
        for octave in 0..<Self.octaves {
            let count = coarse[sign * Self.octaves + octave]
            guard count > 0 else { continue }
            let lower = Float(bitPattern: UInt32(octave) << 23)
            result.append(Bin(lower: lower, upper: Float(bitPattern: UInt32(octave + 1) << 23), count: count))
        }
        let side = Self.fineOctaves * Self.binsPerOctave
        let first = (top - Self.fineOctaves + 1) * Self.binsPerOctave
        for index in 0..<side where fine[sign * side + index] > 0 {
            let bits = UInt32(first + index) << Self.mantissaShift
            let upper = Float(bitPattern: bits + (1 << Self.mantissaShift))
            result.append(Bin(lower: Float(bitPattern: bits), upper: upper, count: fine[sign * side + index]))
        }
        return result
    }
}
