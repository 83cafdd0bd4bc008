/// A Swift type whose memory is that of a tensor element.
public protocol TensorElement: BitwiseCopyable, Sendable {
    /// The element type a tensor of this Swift type has.
    static var elementType: ElementType { get }
}

extension Float: TensorElement { public static var elementType: ElementType { .float32 } }
extension Double: TensorElement { public static var elementType: ElementType { .float64 } }
extension Int8: TensorElement { public static var elementType: ElementType { .int8 } }
extension Int16: TensorElement { public static var elementType: ElementType { .int16 } }
extension Int32: TensorElement { public static var elementType: ElementType { .int32 } }
extension Int64: TensorElement { public static var elementType: ElementType { .int64 } }
extension UInt8: TensorElement { public static var elementType: ElementType { .uint8 } }
extension UInt16: TensorElement { public static var elementType: ElementType { .uint16 } }
extension UInt32: TensorElement { public static var elementType: ElementType { .uint32 } }
extension UInt64: TensorElement { public static var elementType: ElementType { .uint64 } }
extension Bool: TensorElement { public static var elementType: ElementType { .bool } }

/// IEEE 754 binary16 by its bits. Swift's `Float16` does not exist on every platform Octet builds for.
@frozen
public struct Half: TensorElement, Hashable {
    public var bits: UInt16

    @inlinable
    public init(bits: UInt16) { self.bits = bits }

    public static var elementType: ElementType { .float16 }

    /// Rounds to nearest, ties to even; overflow gives infinity.
    @inlinable
    public init(_ value: Float) {
        let word = value.bitPattern
        let sign = UInt16(truncatingIfNeeded: (word >> 16) & 0x8000)
        let magnitude = word & 0x7fff_ffff
        if magnitude >= 0x7f80_0000 {
            bits = sign | (magnitude > 0x7f80_0000 ? 0x7e00 : 0x7c00)
        } else if magnitude >= 0x477f_f000 {
            bits = sign | 0x7c00
        } else if magnitude >= 0x3880_0000 {
            let rounded = magnitude &- 0x3800_0000 &+ 0xfff &+ ((magnitude >> 13) & 1)
            bits = sign | UInt16(truncatingIfNeeded: rounded >> 13)
        } else {
            let scaled = Float(bitPattern: magnitude) * 0x1p24
            bits = sign | UInt16(scaled.rounded(.toNearestOrEven))
        }
    }

    @inlinable
    public var float: Float {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1f
        let fraction = UInt32(bits & 0x3ff)
        switch exponent {
        case 0: return (sign == 0 ? 1 : -1) * Float(fraction) * 0x1p-24
        case 31: return Float(bitPattern: sign | 0x7f80_0000 | (fraction << 13))
        default: return Float(bitPattern: sign | ((exponent + 112) << 23) | (fraction << 13))
        }
    }
}

/// The upper half of a binary32, by its bits.
@frozen
public struct BFloat16: TensorElement, Hashable {
    public var bits: UInt16

    @inlinable
    public init(bits: UInt16) { self.bits = bits }

    public static var elementType: ElementType { .bfloat16 }

    /// Rounds to nearest, ties to even.
    @inlinable
    public init(_ value: Float) {
        let word = value.bitPattern
        guard !value.isNaN else {
            bits = UInt16(truncatingIfNeeded: word >> 16) | 0x40
            return
        }
        bits = UInt16(truncatingIfNeeded: (word &+ 0x7fff &+ ((word >> 16) & 1)) >> 16)
    }

    @inlinable
    public var float: Float { Float(bitPattern: UInt32(bits) << 16) }
}
