public import ModelGraph
public import TensorCore

/// ONNX `Einsum`: sums of products of the inputs' elements by an equation such as `bij,bjk->bik`.
public struct Einsum: TensorOperator {
    public static let name = "Einsum"

    public var equation: String

    public init(equation: String) { self.equation = equation }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType(0..<inputs.count)
        let types = try (0..<inputs.count).map { try inputs.tensor($0) }
        guard let first = types.first else { throw OctetError(.invalidModel, "inputs are missing") }
        let shapes = types.map(\.fixedShape)
        guard !shapes.contains(nil) else { return [.tensor(first.elementType, nil)] }
        let plan = try EinsumPlan(equation, shapes.compactMap { $0 })
        return [.tensor(first.elementType, plan.output.map(Dimension.fixed))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let tensors = try inputs.indices.map { try inputs.required($0) }
        let plan = try EinsumPlan(equation, tensors.map(\.shape))
        let values = try tensors.map { try $0.reals() }
        var sums = [Double](repeating: 0, count: output.count)
        plan.nest.forEachRun { starts, steps, length in
            for index in 0..<length {
                var product = 1.0
                for operand in values.indices {
                    product *= values[operand][starts[operand + 1] + index * steps[operand + 1]]
                }
                sums[starts[0] + index * steps[0]] += product
            }
        }
        try output.setReals(sums)
    }
}

/// An equation worked out for given shapes.
struct EinsumPlan {
    let output: [Int]
    /// All labels, those of the output first; operand 0 is the output.
    let nest: LoopNest

    /// - Throws: `invalidModel` when the equation is malformed or does not fit the shapes.
    init(_ equation: String, _ shapes: [[Int]]) throws {
        let text = equation.filter { $0 != " " }
        let sides = text.split(separator: "->", omittingEmptySubsequences: false)
        let terms = (sides.first ?? "").split(separator: ",", omittingEmptySubsequences: false)
        guard sides.count <= 2, terms.count == shapes.count else {
            throw OctetError(.invalidModel, "the equation does not fit \(shapes.count) inputs", found: equation)
        }
        let labelled = try zip(terms, shapes).map { try Self.labels(String($0), rank: $1.count, equation) }
        var extents: [String: Int] = [:]
        for (labels, shape) in zip(labelled, shapes) {
            for (label, extent) in zip(labels, shape) {
                let known = extents[label] ?? 1
                guard known == extent || known == 1 || extent == 1 && label.hasPrefix(".") else {
                    throw OctetError(
                        .invalidModel, "the extents of '\(label)' differ in \(equation)", expected: "\(known)",
                        found: "\(extent)")
                }
                if extents[label] == nil || known == 1 { extents[label] = extent }
            }
        }
        let hidden = extents.keys.filter { $0.hasPrefix(".") }.sorted { Self.depth($0) > Self.depth($1) }
        let result: [String]
        if sides.count == 2 {
            result = try Self.labels(String(sides[1]), hidden: hidden, equation)
        } else {
            let all = labelled.joined().filter { !$0.hasPrefix(".") }
            result = hidden + Set(all).filter { label in all.filter { $0 == label }.count == 1 }.sorted()
        }
        guard Set(result).count == result.count, result.allSatisfy({ extents[$0] != nil }) else {
            throw OctetError(.invalidModel, "the output of the equation is impossible", found: equation)
        }
        let order = result + extents.keys.filter { !result.contains($0) }.sorted()
        let space = order.map { extents[$0] ?? 1 }
        output = result.map { extents[$0] ?? 1 }
        guard try Shapes.count(space) <= 1 << 36 else {
            throw OctetError(
                .resourceLimit, "the equation has too many products to be evaluated one by one", found: "\(space)")
        }
        let outputStrides = Tensor.rowMajorStrides(output)
        let operands = zip(labelled, shapes).map { labels, shape in
            let strides = Tensor.rowMajorStrides(shape)
            return order.map { label in
                labels.indices.reduce(0) {
                    labels[$1] == label && shape[$1] != 1 ? $0 + strides[$1] : $0
                }
            }
        }
        nest = LoopNest(
            space, strides: [order.indices.map { $0 < outputStrides.count ? outputStrides[$0] : 0 }] + operands)
    }

    /// The labels of an input; the axes of an ellipsis are ".k", counted from the last.
    private static func labels(_ term: String, rank: Int, _ equation: String) throws -> [String] {
        let count = term.filter { $0 != "." }.count
        let hasEllipsis = term.contains("...")
        guard hasEllipsis ? count <= rank : count == rank else {
            throw OctetError(.invalidModel, "'\(term)' does not fit an input of rank \(rank) in \(equation)")
        }
        return try labels(term, hidden: (0..<rank - count).reversed().map { ".\($0)" }, equation)
    }

    private static func labels(_ term: String, hidden: [String], _ equation: String) throws -> [String] {
        let parts = term.split(separator: "...", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.joined().allSatisfy({ $0.isASCII && $0.isLetter }) else {
            throw OctetError(.invalidModel, "'\(term)' is no term of an equation", found: equation)
        }
        let letters = parts.map { $0.map(String.init) }
        return letters.count == 2 ? letters[0] + hidden + letters[1] : letters.first ?? []
    }

    private static func depth(_ label: String) -> Int { Int(label.dropFirst()) ?? 0 }
}
