public import TensorCore

/// The integers one tensor is quantized to: their type, and the codes its real range is spread over.
///
/// Codes saturate at the limits of ``elementType``; ``codes`` may be narrower, so that a symmetric int8 range maps to
/// ±127 and −128 is never needed.
public struct IntegerFormat: Sendable, Hashable {
    /// An integer type of at most 32 bits.
    public let elementType: ElementType
    /// The range is ±max|x| and the zero point the middle of the codes.
    public let isSymmetric: Bool
    /// The codes of the ends of the range.
    public let codes: ClosedRange<Int>

    /// - Parameter reduceRange: leaves out one bit, so that sums of two products of uint8 and int8 fit 16 bits.
    /// - Throws: `invalidArgument` when the type is no integer type of at most 32 bits.
    public init(_ elementType: ElementType, isSymmetric: Bool, reduceRange: Bool = false) throws {
        guard let full = elementType.integerRange else {
            throw OctetError(
                .invalidArgument, "a tensor cannot be quantized to this type",
                expected: "an integer type of at most 32 bits", found: elementType.rawValue)
        }
        self.elementType = elementType
        self.isSymmetric = isSymmetric
        if reduceRange {
            codes =
                elementType.isSignedInteger ? full.lowerBound / 2...(full.upperBound + 1) / 2 : 0...full.upperBound / 2
        } else if isSymmetric && elementType.isSignedInteger {
            codes = -full.upperBound...full.upperBound
        } else {
            codes = full
        }
    }

    private init(bias: Void) {
        elementType = .int32
        isSymmetric = true
        codes = -Int(Int32.max)...Int(Int32.max)
    }

    /// What biases are stored in.
    public static let bias = IntegerFormat(bias: ())
}
