internal import TensorCore

/// Where a value of the graph lives while a plan runs: a strided window into a buffer or a constant.
///
/// Shape and strides are in the order of the value's logical axes; the physical order is in the strides. A value in
/// "channels last" order has stride 1 along axis 1. Slices, splits, transposes and parts of a concatenation are
/// windows into the memory of another value and cost nothing.
struct View {
    enum Base: Hashable {
        case buffer(Int)
        case constant(Int)
    }

    var base: Base
    /// Elements from the start of the base to logical element 0.
    var offset: Int
    var shape: [Int]
    /// In elements, one a logical axis.
    var strides: [Int]
    /// The logical element type. Quantized int8 is carried as uint8, see ``isFlipped``.
    var elementType: ElementType
    var quantization: QuantizationParameters?
    /// True when an int8 tensor is stored as uint8 with the sign bit flipped (value + 128).
    var isFlipped = false
    /// The border around the image that the buffer has and that is filled with the zero point.
    var halo = Halo.none

    var rank: Int { shape.count }
    var count: Int { shape.reduce(1, *) }
    var elementSize: Int { elementType.byteStride ?? 1 }
    var byteOffset: Int { offset * elementSize }

    /// The zero point of the stored bytes.
    var carrierZeroPoint: Int32 { (quantization?.zeroPoints.first ?? 0) + (isFlipped ? 128 : 0) }
    var scale: Float { quantization?.scales.first ?? 1 }

    /// True for 8-bit data with one scale, which the integer kernels take.
    var isQuantized: Bool {
        guard let quantization, quantization.isPerTensor else { return false }
        return elementType == .uint8 || (elementType == .int8 && isFlipped)
    }

    var isFloat: Bool { elementType == .float32 && quantization == nil }

    /// The view with its axes in another order.
    func permuted(_ order: [Int]) -> View {
        var view = self
        view.shape = order.map { shape[$0] }
        view.strides = order.map { strides[$0] }
        view.halo = .none
        return view
    }

    /// The view with two axes exchanged.
    func swapped(_ a: Int, _ b: Int) -> View {
        var view = self
        view.shape.swapAt(a, b)
        view.strides.swapAt(a, b)
        return view
    }

    var isDenseRowMajor: Bool {
        zip(shape, zip(strides, Tensor.rowMajorStrides(shape))).allSatisfy { $0 == 1 || $1.0 == $1.1 }
    }

    /// True when its innermost elements are next to each other, which kernels want of what they write. A part of a
    /// concatenation that is one channel wide has none: its elements are as far apart as the whole's pixels.
    var hasRuns: Bool {
        let extents = zip(shape, strides).filter { $0.0 != 1 }
        return extents.isEmpty || extents.contains { $0.1 == 1 }
    }

    /// True when axis 1 has stride 1 and the others do not overlap it: what the spatial kernels need.
    var isChannelsLast: Bool {
        guard rank >= 2 else { return false }
        return strides[1] == 1 || shape[1] == 1
    }

    /// Images, rows, columns and channels of a value with axes N, C, [H,] W.
    var image: ImageGeometry? {
        switch rank {
        case 4:
            ImageGeometry(
                images: shape[0], rows: shape[2], columns: shape[3], channels: shape[1], imageStride: strides[0],
                rowStride: strides[2], pixelStride: strides[3])
        case 3:
            ImageGeometry(
                images: shape[0], rows: 1, columns: shape[2], channels: shape[1], imageStride: strides[0],
                rowStride: strides[0], pixelStride: strides[2])
        case 2:
            ImageGeometry(
                images: shape[0], rows: 1, columns: 1, channels: shape[1], imageStride: strides[0],
                rowStride: strides[0], pixelStride: strides[0])
        default: nil
        }
    }
}

/// A value seen as images with their channels next to each other.
struct ImageGeometry {
    var images: Int
    var rows: Int
    var columns: Int
    var channels: Int
    var imageStride: Int
    var rowStride: Int
    var pixelStride: Int
}

/// A border around an image, in pixels.
struct Halo: Hashable {
    var top = 0
    var bottom = 0
    var left = 0
    var right = 0

    static let none = Halo()

    var isEmpty: Bool { self == .none }

    /// The border of the image with rows and columns exchanged.
    var turned: Halo { Halo(top: left, bottom: right, left: top, right: bottom) }

    func covers(_ other: Halo) -> Bool {
        top >= other.top && bottom >= other.bottom && left >= other.left && right >= other.right
    }

    func union(_ other: Halo) -> Halo {
        Halo(
            top: max(top, other.top), bottom: max(bottom, other.bottom), left: max(left, other.left),
            right: max(right, other.right))
    }
}

/// The physical order of a new buffer.
enum PhysicalOrder {
    case rowMajor
    /// Channels (axis 1) next to each other.
    case channelsLast
}
