/// What is known of a tensor before it exists: element type, shape, and how its integers stand for reals.
public struct TensorType: Sendable, Hashable {
    public var elementType: ElementType
    /// `nil` when not even the rank is known.
    public var shape: [Dimension]?
    /// Present exactly when the tensor is quantized; a plain integer tensor (indices, shapes) has none.
    public var quantization: QuantizationParameters?

    public init(_ elementType: ElementType, shape: [Dimension]?, quantization: QuantizationParameters? = nil) {
        self.elementType = elementType
        self.shape = shape
        self.quantization = quantization
    }

    public init(_ elementType: ElementType, fixedShape: [Int], quantization: QuantizationParameters? = nil) {
        self.init(elementType, shape: fixedShape.map(Dimension.fixed), quantization: quantization)
    }

    /// The shape if every extent is fixed.
    public var fixedShape: [Int]? {
        guard let shape else { return nil }
        var extents: [Int] = []
        extents.reserveCapacity(shape.count)
        for dimension in shape {
            guard let extent = dimension.value else { return nil }
            extents.append(extent)
        }
        return extents
    }
}

extension TensorType: CustomStringConvertible {
    public var description: String {
        let extents = shape.map { "[" + $0.map(\.description).joined(separator: ",") + "]" } ?? "[…]"
        return "\(elementType.rawValue)\(extents)" + (quantization.map { " \($0)" } ?? "")
    }
}
