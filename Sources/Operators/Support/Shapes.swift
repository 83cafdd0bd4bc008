internal import ModelGraph
internal import TensorCore

/// What several operators need to infer shapes. All of it refuses instead of overflowing.
enum Shapes {
    /// - Returns: `axis` counted from the front.
    /// - Throws: `invalidModel` when it lies outside −rank ..< rank.
    static func axis(_ axis: Int, rank: Int, name: String = "axis") throws -> Int {
        guard axis >= -rank, axis < rank else {
            throw OctetError(
                .invalidModel, "'\(name)' is out of range", expected: "\(-rank) ..< \(rank)", found: "\(axis)")
        }
        return axis < 0 ? axis + rank : axis
    }

    /// The axes counted from the front, in the order given.
    /// - Throws: `invalidModel` when one is out of range or named twice.
    static func axes(_ axes: [Int], rank: Int) throws -> [Int] {
        let resolved = try axes.map { try axis($0, rank: rank, name: "axes") }
        guard Set(resolved).count == resolved.count else {
            throw OctetError(.invalidModel, "'axes' names an axis twice", found: "\(axes)")
        }
        return resolved
    }

    /// - Throws: `invalidModel` when an extent is negative or the product overflows.
    static func count(_ shape: some Sequence<Int>) throws -> Int {
        let shape = Array(shape)
        guard let count = Tensor.elementCount(of: shape) else {
            throw OctetError(.invalidModel, "the shape is impossible", found: "\(shape)")
        }
        return count
    }

    static func product(_ a: Int, _ b: Int) throws -> Int {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        guard !overflow else { throw OctetError(.invalidModel, "a size overflows", found: "\(a) · \(b)") }
        return product
    }

    static func sum(_ a: Int, _ b: Int) throws -> Int {
        let (sum, overflow) = a.addingReportingOverflow(b)
        guard !overflow else { throw OctetError(.invalidModel, "a size overflows", found: "\(a) + \(b)") }
        return sum
    }

    /// Multidirectional broadcasting of ONNX (numpy's rule). `nil` when a rank is unknown.
    /// - Throws: `invalidModel` when fixed extents contradict.
    static func broadcast(_ shapes: [[Dimension]?]) throws -> [Dimension]? {
        var result: [Dimension] = []
        for shape in shapes {
            guard let shape else { return nil }
            let rank = max(result.count, shape.count)
            let left = Array(repeating: Dimension.fixed(1), count: rank - result.count) + result
            let right = Array(repeating: Dimension.fixed(1), count: rank - shape.count) + shape
            result = try zip(left, right).map(broadcast)
        }
        return result
    }

    private static func broadcast(_ a: Dimension, _ b: Dimension) throws -> Dimension {
        switch (a, b) {
        case (.fixed(1), let other), (let other, .fixed(1)): return other
        case (.fixed(let x), .fixed(let y)):
            guard x == y else {
                throw OctetError(
                    .invalidModel, "shapes do not broadcast", expected: "equal extents, or 1", found: "\(x) and \(y)")
            }
            return a
        case (.fixed, _): return a
        case (_, .fixed): return b
        default: return a == b ? a : .unknown
        }
    }

    /// The broadcast of fixed shapes.
    static func broadcast(fixed shapes: [[Int]]) throws -> [Int] {
        let dimensions = try broadcast(shapes.map { $0.map(Dimension.fixed) }) ?? []
        return dimensions.compactMap(\.value)
    }

    /// The sum of two extents as far as it is known.
    static func sum(_ a: Dimension, _ b: Dimension) throws -> Dimension {
        switch (a, b) {
        case (.fixed(let x), .fixed(let y)): .fixed(try sum(x, y))
        case (.fixed(0), let other), (let other, .fixed(0)): other
        default: .unknown
        }
    }
}

extension Array where Element == Tensor? {
    /// The input at `index`.
    /// - Throws: `invalidModel` when it is left out.
    func required(_ index: Int) throws -> Tensor {
        guard let tensor = optional(index) else { throw OctetError(.invalidModel, "input \(index) is missing") }
        return tensor
    }

    /// The entry at `index`, `nil` also when the list is shorter.
    func optional(_ index: Int) -> Tensor? {
        index < count ? self[index] : nil
    }

    /// The contents of an integer input, `nil` when it is left out.
    /// - Throws: `invalidModel` when it holds no integers.
    func integers(_ index: Int) throws -> [Int]? {
        guard let tensor = optional(index) else { return nil }
        guard let integers = tensor.integers else {
            throw OctetError(
                .invalidModel, "input \(index) must hold integers", found: tensor.elementType.rawValue)
        }
        return integers
    }
}
