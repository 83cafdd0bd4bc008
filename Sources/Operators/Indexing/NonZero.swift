public import ModelGraph
internal import TensorCore

/// ONNX `NonZero`: the indices of the elements that are not zero, one column each, in row-major order.
public struct NonZero: DataDependentOperator {
    public static let name = "NonZero"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        guard let rank = try inputs.tensor(0).shape?.count else { return [.tensor(.int64, [.unknown, .unknown])] }
        return [.tensor(.int64, [.fixed(rank), .unknown])]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .numbers.union([.bool])) }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        let x = try inputs.tensor(0)
        let places = try Self.places(x)
        let strides = Tensor.rowMajorStrides(x.shape)
        let columns = zip(strides, x.shape).flatMap { stride, extent in places.map { Int64($0 / stride % extent) } }
        return [.tensor(Tensor(columns, shape: [x.rank, places.count]))]
    }

    /// The offsets of the elements that are not zero.
    static func places(_ x: Tensor) throws -> [Int] {
        if let integers = x.integers { return integers.indices.filter { integers[$0] != 0 } }
        if x.elementType == .uint64 {
            let values = x.elements(as: UInt64.self)
            return values.indices.filter { values[$0] != 0 }
        }
        let values = try x.reals()
        return values.indices.filter { values[$0] != 0 }
    }
}

/// ONNX `Compress`: the slices along an axis (or elements, without one) whose flag in input 1 is true.
public struct Compress: DataDependentOperator {
    public static let name = "Compress"

    public var axis: Int?

    public init(axis: Int? = nil) { self.axis = axis }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let axis else { return [.tensor(x.elementType, [.unknown])] }
        guard var shape = x.shape else { return [.tensor(x.elementType, nil)] }
        shape[try Shapes.axis(axis, rank: shape.count)] = .unknown
        return [.tensor(x.elementType, shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .movable)
        try inputs.require(1, [.bool])
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        var x = try inputs.tensor(0)
        if axis == nil { x = x.reshaped([x.count]) }
        let axis = try Shapes.axis(axis ?? 0, rank: x.rank)
        let places = try NonZero.places(inputs.tensor(1))
        guard places.allSatisfy({ $0 < x.shape[axis] }) else {
            throw OctetError(.invalidData, "the condition is longer than the axis", expected: "\(x.shape[axis])")
        }
        var shape = x.shape
        shape[axis] = places.count
        let output = Tensor(x.elementType, shape: shape)
        try Gather.gather(x, axis: axis, places: places, into: output)
        return [.tensor(output)]
    }
}

extension Array where Element == Datum? {
    /// The tensor input at `index`.
    /// - Throws: `invalidModel` when it is left out or no tensor.
    func tensor(_ index: Int) throws -> Tensor {
        guard let tensor = index < count ? self[index]?.tensor : nil else {
            throw OctetError(.invalidModel, "input \(index) is missing or no tensor")
        }
        return tensor
    }
}
