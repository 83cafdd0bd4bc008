/// A dense, row-major tensor: element type, shape, and a place in some storage.
///
/// Copying a tensor shares its memory. Memory that came from a file is mapped, not copied.
public struct Tensor: Sendable {
    public let elementType: ElementType
    /// Extents of the axes, outermost first; empty for a scalar.
    public let shape: [Int]
    public let storage: TensorStorage
    /// Where the first element lies in `storage`, in bytes (in elements for strings).
    public let byteOffset: Int
    /// How the integers stand for reals; `nil` when the tensor is not quantized.
    public var quantization: QuantizationParameters?

    /// Wraps `storage`; the caller has checked that it holds all elements from `byteOffset` on.
    public init(
        _ elementType: ElementType, shape: [Int], storage: TensorStorage, byteOffset: Int = 0,
        quantization: QuantizationParameters? = nil
    ) {
        self.elementType = elementType
        self.shape = shape
        self.storage = storage
        self.byteOffset = byteOffset
        self.quantization = quantization
    }

    /// A new tensor of zeros (empty strings for strings).
    public init(_ elementType: ElementType, shape: [Int], quantization: QuantizationParameters? = nil) {
        let count = shape.reduce(1, *)
        let storage =
            elementType == .string
            ? TensorStorage(strings: Array(repeating: "", count: count))
            : TensorStorage(byteCount: elementType.byteCount(of: count) ?? 0)
        self.init(elementType, shape: shape, storage: storage, quantization: quantization)
    }

    /// A new tensor with these elements; `shape` must hold as many.
    public init<Element: TensorElement>(
        _ elements: [Element], shape: [Int], quantization: QuantizationParameters? = nil
    ) {
        precondition(shape.reduce(1, *) == elements.count, "\(elements.count) elements do not fill shape \(shape)")
        self.init(Element.elementType, shape: shape, quantization: quantization)
        elements.withUnsafeBytes { storage.bytes.copyMemory(from: $0) }
    }

    public init(strings: [String], shape: [Int]) {
        precondition(shape.reduce(1, *) == strings.count, "\(strings.count) strings do not fill shape \(shape)")
        self.init(.string, shape: shape, storage: TensorStorage(strings: strings))
    }

    /// A tensor without axes that holds one value.
    public init<Element: TensorElement>(scalar value: Element) {
        self.init([value], shape: [])
    }

    public var rank: Int { shape.count }

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// Bytes that the elements take; 0 for strings.
    public var byteCount: Int { elementType.byteCount(of: count) ?? 0 }

    public var type: TensorType { TensorType(elementType, fixedShape: shape, quantization: quantization) }

    /// The same elements seen with another shape of as many elements.
    public func reshaped(_ shape: [Int]) -> Tensor {
        precondition(shape.reduce(1, *) == count, "shape \(shape) does not hold \(count) elements")
        return Tensor(elementType, shape: shape, storage: storage, byteOffset: byteOffset, quantization: quantization)
    }

    /// The same memory read as another element type of the same width (uint8 as int8).
    public func reinterpreted(as elementType: ElementType, quantization: QuantizationParameters? = nil) -> Tensor {
        precondition(elementType.bitWidth == self.elementType.bitWidth)
        return Tensor(elementType, shape: shape, storage: storage, byteOffset: byteOffset, quantization: quantization)
    }

    /// Memory of its own with the same elements.
    public func copied() -> Tensor {
        if elementType == .string { return Tensor(strings: strings, shape: shape) }
        let copy = Tensor(elementType, shape: shape, quantization: quantization)
        withBytes { copy.storage.bytes.copyMemory(from: $0) }
        return copy
    }

    /// The number of elements a shape stands for; `nil` when an extent is negative or the product overflows.
    public static func elementCount(of shape: [Int]) -> Int? {
        var count = 1
        var isEmpty = false
        for extent in shape {
            guard extent >= 0 else { return nil }
            if extent == 0 {
                isEmpty = true
                continue
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow else { return nil }
            count = product
        }
        return isEmpty ? 0 : count
    }

    /// The strides of a row-major tensor of this shape, in elements.
    public static func rowMajorStrides(_ shape: [Int]) -> [Int] {
        var strides = Array(repeating: 1, count: shape.count)
        for axis in stride(from: shape.count - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * shape[axis + 1]
        }
        return strides
    }
}
