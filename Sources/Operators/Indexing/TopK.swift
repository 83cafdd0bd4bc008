public import ModelGraph
public import TensorCore

/// ONNX `TopK`: the k (input 1) greatest or least elements along an axis, in order, and their indices. Of equal
/// elements the one with the lower index comes first.
public struct TopK: TensorOperator {
    public static let name = "TopK"

    public var axis: Int
    public var selectsLargest: Bool
    public var sorts: Bool

    public init(axis: Int = -1, selectsLargest: Bool = true, sorts: Bool = true) {
        self.axis = axis
        self.selectsLargest = selectsLargest
        self.sorts = sorts
    }

    public var shapeInputs: [Int] { [1] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        _ = try inputs.tensor(1)
        guard var shape = x.shape else { return [.tensor(x.elementType, nil), .tensor(.int64, nil)] }
        let axis = try Shapes.axis(axis, rank: shape.count)
        if let count = inputs.integers(1)?.first {
            guard count >= 0, shape[axis].value.map({ count <= $0 }) ?? true else {
                throw OctetError(.invalidModel, "k is out of range", expected: "0 … \(shape[axis])", found: "\(count)")
            }
            shape[axis] = .fixed(count)
        } else {
            shape[axis] = .unknown
        }
        return [.tensor(x.elementType, shape), .tensor(.int64, shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .numbers)
        try inputs.require(1, .indices)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let x = try inputs.required(0)
        let axis = try Shapes.axis(axis, rank: x.rank)
        let count = try inputs.integers(1)?.first ?? 0
        let order: [Int] =
            if x.elementType == .uint64 {
                places(x.elements(as: UInt64.self), x.shape, axis, count)
            } else if let integers = x.integers {
                places(integers, x.shape, axis, count)
            } else {
                places(try x.reals(), x.shape, axis, count)
            }
        try outputs.optional(0)?.setElements(of: x, from: order)
        let inner = x.shape[(axis + 1)...].reduce(1, *)
        try outputs.optional(1)?.setIntegers(order.map { $0 / inner % x.shape[axis] })
    }

    /// The offsets of the chosen elements, in the order of the output.
    private func places<T: Comparable>(_ values: [T], _ shape: [Int], _ axis: Int, _ count: Int) -> [Int] {
        let inner = shape[(axis + 1)...].reduce(1, *)
        let outer = shape[..<axis].reduce(1, *)
        let extent = shape[axis]
        var places = [Int](repeating: 0, count: outer * count * inner)
        for block in 0..<outer {
            for lane in 0..<inner {
                let line = (0..<extent).map { (block * extent + $0) * inner + lane }
                let sorted = line.sorted { a, b in
                    let (x, y) = (values[a], values[b])
                    return x == y ? a < b : selectsLargest ? x > y : x < y
                }
                for (rank, place) in sorted.prefix(count).enumerated() {
                    places[(block * count + rank) * inner + lane] = place
                }
            }
        }
        return places
    }
}
