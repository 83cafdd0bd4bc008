public import ModelGraph
public import TensorCore

/// An operator that gives the elements of input 0 another shape, in the same order.
public protocol Reinterpretation: QuantizableOperator {}

extension Reinterpretation {
    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, ElementType.allCases)
    }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        MovementQuantization.rule(inputs)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        output.setElements(of: try QuantizedMovement.aligned(inputs.required(0), with: output))
    }
}

/// ONNX `Identity`.
public struct Identity: Reinterpretation {
    public static let name = "Identity"

    public init() {}

    /// Sequences and optionals pass through as well.
    public func checkSupport(_ inputs: InferenceInputs) throws {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        if let type = inputs.types.first ?? nil, type.tensorType == nil { return [type] }
        let x = try inputs.tensor(0)
        return [.tensor(x.elementType, x.shape)]
    }
}

/// ONNX `Flatten`: a matrix whose columns are the axes from `axis` on.
public struct Flatten: Reinterpretation {
    public static let name = "Flatten"

    public var axis: Int

    public init(axis: Int = 1) { self.axis = axis }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let shape = x.shape else { return [.tensor(x.elementType, [.unknown, .unknown])] }
        let axis = axis == shape.count ? axis : try Shapes.axis(axis, rank: max(shape.count, 1))
        return [.tensor(x.elementType, [try Self.product(shape[..<axis]), try Self.product(shape[axis...])])]
    }

    private static func product(_ dimensions: ArraySlice<Dimension>) throws -> Dimension {
        let rest = dimensions.filter { $0 != .fixed(1) }
        if rest.count == 1, let only = rest.first { return only }
        let values = rest.compactMap(\.value)
        if values.contains(0) { return 0 }
        return values.count == rest.count ? .fixed(try Shapes.count(values)) : .unknown
    }
}

/// ONNX `Squeeze`: drops the axes of extent 1 in input 1, or all of them.
public struct Squeeze: Reinterpretation {
    public static let name = "Squeeze"

    public init() {}

    public var shapeInputs: [Int] { [1] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let shape = x.shape else { return [.tensor(x.elementType, nil)] }
        if inputs.isPresent(1) {
            guard let listed = inputs.integers(1) else { return [.tensor(x.elementType, nil)] }
            let axes = try Shapes.axes(listed, rank: shape.count)
            for axis in axes {
                if let extent = shape[axis].value, extent != 1 {
                    throw OctetError(
                        .invalidModel, "axis \(axis) cannot be squeezed", expected: "extent 1", found: "\(extent)")
                }
            }
            return [.tensor(x.elementType, shape.indices.filter { !axes.contains($0) }.map { shape[$0] })]
        }
        guard !shape.contains(where: { $0.value == nil }) else { return [.tensor(x.elementType, nil)] }
        return [.tensor(x.elementType, shape.filter { $0 != .fixed(1) })]
    }
}

/// ONNX `Unsqueeze`: inserts axes of extent 1 so that they stand at the places in input 1.
public struct Unsqueeze: Reinterpretation {
    public static let name = "Unsqueeze"

    public init() {}

    public var shapeInputs: [Int] { [1] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        _ = try inputs.tensor(1)
        guard let shape = x.shape, let listed = inputs.integers(1) else { return [.tensor(x.elementType, nil)] }
        let rank = shape.count + listed.count
        let axes = Set(try Shapes.axes(listed, rank: rank))
        var rest = shape.makeIterator()
        return [.tensor(x.elementType, (0..<rank).map { axes.contains($0) ? 1 : rest.next() ?? .unknown })]
    }
}
