public import ModelGraph
public import TensorCore

/// ONNX `Attention`: softmax(Q·Kᵀ · scale + mask) · V for each head.
///
/// Inputs: Q, K and V (batch, heads, sequence, width, or batch, sequence, heads · width), and optionally a mask, the
/// keys and values of earlier steps, and the number of keys that count in each batch. Outputs: Y in the form of Q, all keys,
/// all values, and the scores. Queries may share the heads of keys and values.
public struct Attention: TensorOperator {
    public static let name = "Attention"

    /// What output 3 holds.
    public enum ScoreOutput: Int, Sendable { case scaled, capped, masked, softmax }

    /// The heads of Q and of K and V where the inputs have three axes.
    public var queryHeads: Int?
    public var keyHeads: Int?
    /// `nil` is 1 / √width.
    public var scale: Float?
    /// Bounds the scores by a tanh; 0 does not.
    public var softCap: Float
    /// Whether a query sees no keys that come after it.
    public var isCausal: Bool
    /// How many keys before and after it a query sees; `nil` for all.
    public var leftWindow: Int?
    public var rightWindow: Int?
    public var scoreOutput: ScoreOutput
    /// The element type that the softmax is asked to be at least as precise as. Evaluation is more precise than any.
    public var softmaxType: ElementType?

    public init(
        queryHeads: Int? = nil, keyHeads: Int? = nil, scale: Float? = nil, softCap: Float = 0, isCausal: Bool = false,
        leftWindow: Int? = nil, rightWindow: Int? = nil, scoreOutput: ScoreOutput = .scaled,
        softmaxType: ElementType? = nil
    ) {
        self.queryHeads = queryHeads
        self.keyHeads = keyHeads
        self.scale = scale
        self.softCap = softCap
        self.isCausal = isCausal
        self.leftWindow = leftWindow
        self.rightWindow = rightWindow
        self.scoreOutput = scoreOutput
        self.softmaxType = softmaxType
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let (q, k, v) = (try inputs.tensor(0), try inputs.tensor(1), try inputs.tensor(2))
        guard let qs = q.shape, let ks = k.shape, let vs = v.shape else {
            return [q, k, v, q].map { .tensor($0.elementType, nil) }
        }
        let (query, key, value) = (
            try heads(qs, queryHeads, "Q"), try heads(ks, keyHeads, "K"), try heads(vs, keyHeads, "V")
        )
        let past = try inputs.optionalTensor(4).map { $0.shape?.dropFirst(2).first ?? .unknown } ?? .fixed(0)
        let length = try Shapes.sum(past, key[2])
        let y: [Dimension]
        if qs.count == 3 {
            let width = try value[3].value.flatMap { width in try query[1].value.map { try Shapes.product($0, width) } }
            y = [query[0], query[2], width.map(Dimension.fixed) ?? .unknown]
        } else {
            y = [query[0], query[1], query[2], value[3]]
        }
        return [
            .tensor(q.elementType, y), .tensor(k.elementType, [key[0], key[1], length, key[3]]),
            .tensor(v.elementType, [value[0], value[1], length, value[3]]),
            .tensor(q.elementType, [query[0], query[1], query[2], length]),
        ]
    }

    /// A shape as (batch, heads, sequence, width).
    private func heads(_ shape: [Dimension], _ count: Int?, _ name: String) throws -> [Dimension] {
        if shape.count == 4 { return shape }
        guard shape.count == 3, let count, count > 0, shape[2].value.map({ $0 % count == 0 }) ?? true else {
            throw OctetError(
                .invalidModel, "\(name) does not fit",
                expected: "4 axes, or 3 and a number of heads that divides the last",
                found: "\(shape), \(count.map { "\($0) heads" } ?? "no number of heads")")
        }
        return [shape[0], .fixed(count), shape[1], shape[2].value.map { .fixed($0 / count) } ?? .unknown]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 1, 2, 4, 5] { try inputs.require(index, .reals) }
        try inputs.require(3, .reals.union([.bool]))
        try inputs.require(6, .indices)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let q = try HeadTensor(inputs.required(0), heads: queryHeads)
        let k = try HeadTensor(inputs.required(1), heads: keyHeads).behind(inputs.optional(4))
        let v = try HeadTensor(inputs.required(2), heads: keyHeads).behind(inputs.optional(5))
        guard q.batch == k.batch, k.batch == v.batch, q.width == k.width, k.length == v.length, k.heads == v.heads,
            k.heads > 0, q.heads % k.heads == 0
        else { throw OctetError(.invalidModel, "the shapes of Q, K and V do not fit together") }
        let mask = try AttentionMask(
            self, mask: inputs.optional(3), counts: inputs.integers(6), queries: q, keys: k.length,
            past: inputs.optional(4).map { $0.shape[2] })
        let scale = scale.map(Double.init) ?? 1 / Double(max(1, q.width)).squareRoot()
        // ONNX defines the operator by a function, whose every step rounds to the element type.
        let steps = SoftmaxRounding(try inputs.required(0).elementType)
        let round = steps.round
        let root = round(scale.squareRoot())
        let (queries, keys) = (q.values.map { round($0 * root) }, k.values.map { round($0 * root) })
        var y = [Double](repeating: 0, count: q.batch * q.heads * q.length * v.width)
        var shown = [Double](repeating: 0, count: outputs.optional(3)?.count ?? 0)
        for batch in 0..<q.batch {
            for head in 0..<q.heads {
                let shared = batch * k.heads + head / (q.heads / k.heads)
                for query in 0..<q.length {
                    let row = (batch * q.heads + head) * q.length + query
                    var scores = (0..<k.length).map { key in
                        round(
                            (0..<q.width).reduce(0) {
                                $0 + queries[row * q.width + $1] * keys[(shared * k.length + key) * k.width + $1]
                            })
                    }
                    var kept = scores
                    if softCap > 0 { AttentionScores.cap(&scores, Double(softCap), round) }
                    if scoreOutput == .capped { kept = scores }
                    mask.apply(to: &scores, batch: batch, head: head, query: query)
                    if scoreOutput == .masked { kept = scores }
                    for index in scores.indices { scores[index] = round(scores[index]) }
                    AttentionScores.softmax(&scores, steps)
                    for index in scores.indices { scores[index] = round(scores[index]) }
                    if scoreOutput == .softmax { kept = scores }
                    for key in 0..<k.length where !shown.isEmpty { shown[row * k.length + key] = kept[key] }
                    for column in 0..<v.width {
                        y[row * v.width + column] = (0..<k.length).reduce(0) {
                            $0 + scores[$1] * v.values[(shared * v.length + $1) * v.width + column]
                        }
                    }
                }
            }
        }
        let result = HeadTensor(values: y, batch: q.batch, heads: q.heads, length: q.length, width: v.width)
        try outputs.optional(0)?.setReals(inputs.required(0).rank == 3 ? result.joined : y)
        try outputs.optional(1)?.setReals(k.values)
        try outputs.optional(2)?.setReals(v.values)
        try outputs.optional(3)?.setReals(shown)
    }
}
