internal import TensorCore

/// A float type of 8 bits or fewer: every value it has, and rounding to them.
///
/// Source: ONNX, "Float stored in 8 bits" and "4 bit floating point"; Micikevicius et al., "FP8 Formats for Deep
/// Learning".
struct NarrowFloat {
    /// The magnitudes of the codes without the sign bit, rising; the last is the greatest finite one.
    private let magnitudes: [Double]
    private let signBit: Int
    /// What values too great become when they do not saturate, and what NaN becomes; `nil` where there is no such code.
    private let infinity: Int?
    private let nan: Int?
    /// What NaN becomes in a type without it.
    private let substitute: Int
    /// Whether the code of a negative zero is NaN.
    private let hasOneZero: Bool

    /// - Returns: `nil` for other element types; float8e8m0, which has no sign, is not among them.
    init?(_ type: ElementType) {
        switch type {
        case .float8e4m3fn: self.init(exponentBits: 4, fractionBits: 3, bias: 7, top: 0x7e, nan: 0x7f)
        case .float8e4m3fnuz: self.init(exponentBits: 4, fractionBits: 3, bias: 8, top: 0x7f, nan: 0x80)
        case .float8e5m2: self.init(exponentBits: 5, fractionBits: 2, bias: 15, top: 0x7b, nan: 0x7e, infinity: 0x7c)
        case .float8e5m2fnuz: self.init(exponentBits: 5, fractionBits: 2, bias: 16, top: 0x7f, nan: 0x80)
        case .float4e2m1: self.init(exponentBits: 2, fractionBits: 1, bias: 1, top: 0x7, nan: nil, substitute: 0x8)
        default: return nil
        }
    }

    private init(
        exponentBits: Int, fractionBits: Int, bias: Int, top: Int, nan: Int?, infinity: Int? = nil, substitute: Int = 0
    ) {
        magnitudes = (0...top).map { code in
            let exponent = code >> fractionBits
            let fraction = Double(code & (1 << fractionBits - 1)) / Double(1 << fractionBits)
            return exponent == 0
                ? Double(sign: .plus, exponent: 1 - bias, significand: 1) * fraction
                : Double(sign: .plus, exponent: exponent - bias, significand: 1 + fraction)
        }
        signBit = 1 << (exponentBits + fractionBits)
        self.nan = nan
        self.substitute = substitute
        self.infinity = infinity
        hasOneZero = nan == signBit
    }

    /// The real that a code stands for.
    func real(_ code: Int) -> Double {
        if hasOneZero, code == signBit { return .nan }
        let magnitude = code & (signBit - 1)
        let value = magnitude < magnitudes.count ? magnitudes[magnitude] : magnitude == infinity ? .infinity : .nan
        return code & signBit == 0 ? value : -value
    }

    /// The code nearest to a real, ties to the even code.
    /// - Parameter saturates: whether what is too great becomes the greatest finite value.
    func code(_ real: Double, saturates: Bool) -> Int {
        guard !real.isNaN else { return nan ?? substitute }
        let sign = real.sign == .minus ? signBit : 0
        let magnitude = abs(real)
        let top = magnitudes.count - 1
        let limit = magnitudes[top] + (magnitudes[top] - magnitudes[top - 1]) / 2
        if magnitude > limit || magnitude == limit && top % 2 == 1 {
            guard !saturates, let special = infinity ?? nan else { return sign | top }
            return special == signBit ? special : sign | special
        }
        var (low, high) = (0, top)
        while low < high {
            let middle = (low + high + 1) / 2
            if magnitudes[middle] <= magnitude { low = middle } else { high = middle - 1 }
        }
        if low < top {
            let (below, above) = (magnitude - magnitudes[low], magnitudes[low + 1] - magnitude)
            if above < below || above == below && low % 2 == 1 { low += 1 }
        }
        return low == 0 && hasOneZero ? 0 : sign | low
    }
}

/// How a cast to float8e8m0, which holds powers of two alone, rounds (attribute `round_mode`).
public enum PowerRounding: String, Sendable {
    case up, down, nearest
}

/// Powers of two from 2⁻¹²⁷ to 2¹²⁷; code 255 is NaN.
enum PowerOfTwoFloat {
    static func real(_ code: Int) -> Double {
        code == 255 ? .nan : Double(sign: .plus, exponent: code - 127, significand: 1)
    }

    /// The code of a magnitude; the sign is lost.
    static func code(_ real: Double, _ rounding: PowerRounding, saturates: Bool) -> Int {
        guard !real.isNaN else { return 255 }
        let magnitude = abs(real)
        guard magnitude < 0x1p128 else { return saturates ? 254 : 255 }
        guard magnitude >= 0x1p-127 else { return 0 }
        let fraction = magnitude.significand
        let roundsUp: Bool
        switch rounding {
        case .up: roundsUp = fraction > 1
        case .down: roundsUp = false
        case .nearest: roundsUp = fraction >= 1.5
        }
        let code = Int(magnitude.exponent) + 127 + (roundsUp ? 1 : 0)
        return code <= 254 ? code : saturates ? 254 : 255
    }
}

extension Tensor {
    /// The elements of a float tensor of 8 bits or fewer; `nil` for other types.
    func narrowReals() -> [Double]? {
        if elementType == .float8e8m0 { return reinterpreted(as: .uint8).integers?.map(PowerOfTwoFloat.real) }
        guard let format = NarrowFloat(elementType) else { return nil }
        return reinterpreted(as: elementType.bitWidth == 8 ? .uint8 : .uint4).integers?.map(format.real)
    }

    /// Fills a float tensor of 8 bits or fewer.
    /// - Throws: `unsupported` for other element types.
    func setNarrowReals(_ values: [Double], saturates: Bool = true, rounding: PowerRounding = .up) throws {
        if elementType == .float8e8m0 {
            let codes = values.map { PowerOfTwoFloat.code($0, rounding, saturates: saturates) }
            return try reinterpreted(as: .uint8).setIntegers(codes)
        }
        guard let format = NarrowFloat(elementType) else {
            throw OctetError(.unsupported, "no evaluation for elements of type \(elementType.rawValue)")
        }
        try reinterpreted(as: elementType.bitWidth == 8 ? .uint8 : .uint4)
            .setIntegers(values.map { format.code($0, saturates: saturates) })
    }
}

extension [ElementType] {
    /// Float types of 8 bits or fewer.
    static let narrowFloats: Self = [
        .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0, .float4e2m1,
    ]
}
