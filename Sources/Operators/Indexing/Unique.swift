public import ModelGraph
internal import TensorCore

/// ONNX `Unique`: the different elements, or slices along an axis, sorted or in the order of their first places.
///
/// Further outputs: where each is found first, which of them each input is, and how often each occurs.
public struct Unique: DataDependentOperator {
    public static let name = "Unique"

    public var axis: Int?
    public var sorts: Bool

    public init(axis: Int? = nil, sorts: Bool = true) {
        self.axis = axis
        self.sorts = sorts
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        let places = Array(repeating: ValueType.tensor(.int64, [.unknown]), count: 3)
        guard let axis else { return [.tensor(x.elementType, [.unknown])] + places }
        guard var shape = x.shape else { return [.tensor(x.elementType, nil)] + places }
        shape[try Shapes.axis(axis, rank: shape.count)] = .unknown
        return [.tensor(x.elementType, shape)] + places
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, [ElementType].numbers.union([.bool, .string]))
    }

    public func evaluate(_ inputs: [Datum?], context: any EvaluationContext) throws -> [Datum?] {
        var x = try inputs.tensor(0)
        if axis == nil { x = x.reshaped([x.count]) }
        let axis = try Shapes.axis(axis ?? 0, rank: x.rank)
        let ranks = try Self.ranks(x)
        let (extent, inner) = (x.shape[axis], x.shape[(axis + 1)...].reduce(1, *))
        let outer = x.shape[..<axis].reduce(1, *)
        let keys = (0..<extent).map { index in
            (0..<outer).flatMap { block in
                let start = (block * extent + index) * inner
                return ranks[start..<start + inner]
            }
        }
        let order = (0..<extent).sorted { a, b in
            keys[a] == keys[b] ? a < b : keys[a].lexicographicallyPrecedes(keys[b])
        }
        var groups: [[Int]] = []
        for index in order {
            if let last = groups.last?.first, keys[last] == keys[index] {
                groups[groups.count - 1].append(index)
            } else {
                groups.append([index])
            }
        }
        if !sorts { groups.sort { ($0.first ?? 0) < ($1.first ?? 0) } }
        var inverse = [Int64](repeating: 0, count: extent)
        for (place, group) in groups.enumerated() {
            for index in group { inverse[index] = Int64(place) }
        }
        let first = groups.map { $0.first ?? 0 }
        var shape = x.shape
        shape[axis] = groups.count
        try context.reserve(x.elementType, shape: shape)
        let y = Tensor(x.elementType, shape: shape)
        try Gather.gather(x, axis: axis, places: first, into: y)
        let lists = [first.map(Int64.init), inverse, groups.map { Int64($0.count) }]
        let outputs = [y] + lists.map { Tensor($0, shape: [$0.count]) }
        return outputs.prefix(max(1, context.outputCount)).map(Datum.tensor)
    }

    /// Numbers that compare as the elements do.
    private static func ranks(_ x: Tensor) throws -> [Int] {
        if x.elementType == .string { return ranks(of: x.strings) }
        if x.elementType == .uint64 { return ranks(of: x.elements(as: UInt64.self)) }
        if let integers = x.integers { return integers }
        return ranks(of: try x.reals().map { $0.isNaN ? .infinity : $0 })
    }

    private static func ranks<T: Comparable & Hashable>(of values: [T]) -> [Int] {
        let order = Set(values).sorted()
        let rank = Dictionary(uniqueKeysWithValues: zip(order, order.indices))
        return values.map { rank[$0] ?? 0 }
    }
}
