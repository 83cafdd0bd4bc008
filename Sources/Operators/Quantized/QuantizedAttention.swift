public import ModelGraph
public import TensorCore

/// ONNX Runtime's `QAttention`: queries, keys and values by one integer product of the data, then ``Attention`` in reals.
///
/// Inputs: x (batch, sequence, width) and the weights (width, 3 · hidden) in integers, a float bias (3 · hidden), the
/// scales of x and of the weights (per tensor or one a column), and, all of which may be left out: a mask, the zero points
/// of x and of the weights, and the keys and values of earlier steps (2, batch, heads, earlier, hidden / heads). The mask
/// is the number of keys of each batch, or these and the first key of each, or a number not 0 for each key that counts,
/// (batch, keys) or (batch, sequence, keys). Outputs: (batch, sequence, hidden), and all keys and values.
public struct QuantizedAttention: TensorOperator {
    public static let name = "QAttention"

    public var heads: Int
    public var isCausal: Bool
    /// `nil` is 1 / √(hidden / heads).
    public var scale: Float?
    /// What is added to the scores of keys that do not count.
    public var maskValue: Float

    public init(heads: Int, isCausal: Bool = false, scale: Float? = nil, maskValue: Float = -10000) {
        self.heads = heads
        self.isCausal = isCausal
        self.scale = scale
        self.maskValue = maskValue
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        guard let x = try inputs.tensor(0).shape, let weights = try inputs.tensor(1).shape else {
            return [.tensor(.float32, nil), .tensor(.float32, nil)]
        }
        guard x.count == 3, weights.count == 2, heads > 0, weights[1].value.map({ $0 % (3 * heads) == 0 }) ?? true
        else {
            throw OctetError(
                .invalidModel, "data and weights do not fit", expected: "3 axes, and weights for \(heads) heads",
                found: "\(x) and \(weights)")
        }
        let hidden = weights[1].value.map { $0 / 3 }
        let past = try inputs.optionalTensor(8).map { $0.shape?.dropFirst(3).first ?? .unknown } ?? .fixed(0)
        return [
            .tensor(.float32, [x[0], x[1], hidden.map(Dimension.fixed) ?? .unknown]),
            .tensor(
                .float32,
                [
                    .fixed(2), x[0], .fixed(heads), try Shapes.sum(past, x[1]),
                    hidden.map { .fixed($0 / heads) } ?? .unknown,
                ]),
        ]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 1, 6, 7] { try inputs.require(index, [.int8, .uint8]) }
        for index in [2, 3, 4, 8] { try inputs.require(index, [.float32]) }
        try inputs.require(5, [.int32])
        if let mask = try inputs.optionalTensor(5)?.shape, !(1...3).contains(mask.count) {
            throw OctetError(.unsupported, "this form of mask is not known", expected: "1 to 3 axes", found: "\(mask)")
        }
        try IntegerOperand.requireScalar(inputs, [3, 6])
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let x = try inputs.required(0)
        let weights = try inputs.required(1)
        let (batch, length, columns) = (x.shape[0], x.shape[1], weights.shape[1])
        let product = Tensor(.float32, shape: [batch, length, columns])
        try IntegerProductToFloat().evaluate(
            [
                x, weights, inputs.required(3), inputs.required(4), inputs.optional(6), inputs.optional(7),
                inputs.required(2),
            ],
            into: [product])
        let hidden = columns / 3
        let parts = (0..<3).map { _ in Tensor(.float32, shape: [batch, length, hidden]) }
        try Split(axis: 2).evaluate([product], into: parts)
        let past = try inputs.optional(8).map { try halves($0, batch: batch, width: hidden / heads) }
        let earlier = past?[0].shape[2] ?? 0
        let kept = [batch, heads, earlier + length, hidden / heads]
        let (keys, values) = (Tensor(.float32, shape: kept), Tensor(.float32, shape: kept))
        let mask = try inputs.optional(5).map { try self.mask($0, batch, queries: length, keys: earlier + length) }
        let attention = Attention(queryHeads: heads, keyHeads: heads, scale: scale, isCausal: isCausal)
        try attention.evaluate(
            parts.map(Optional.some) + [mask, past?[0], past?[1]], into: [outputs.optional(0), keys, values])
        guard let present = outputs.optional(1) else { return }
        for (index, half) in [keys, values].enumerated() {
            half.withBytes { bytes in
                UnsafeMutableRawBufferPointer(
                    rebasing: present.storage.bytes[(present.byteOffset + index * bytes.count)...]
                )
                .copyMemory(from: bytes)
            }
        }
    }

    /// The keys and the values of earlier steps.
    private func halves(_ past: Tensor, batch: Int, width: Int) throws -> [Tensor] {
        guard past.rank == 5, past.shape[0] == 2, past.shape[1] == batch, past.shape[2] == heads, past.shape[4] == width
        else {
            throw OctetError(
                .invalidModel, "the keys and values of earlier steps do not fit",
                expected: "\([2, batch, heads, -1, width])", found: "\(past.shape)")
        }
        return (0..<2).map { index in
            Tensor(
                .float32, shape: Array(past.shape.dropFirst()), storage: past.storage,
                byteOffset: past.byteOffset + index * past.byteCount / 2)
        }
    }

    /// What is added to the scores, (batch, 1, 1 or queries, keys).
    private func mask(_ mask: Tensor, _ batch: Int, queries: Int, keys: Int) throws -> Tensor {
        let numbers = mask.integers ?? []
        let counts: [Bool]
        var rows = 1
        switch mask.shape {
        case [batch], [2 * batch]:
            counts = (0..<batch * keys).map { place in
                let first = mask.shape[0] == batch ? 0 : numbers[batch + place / keys]
                return place % keys >= first && place % keys < numbers[place / keys]
            }
        case [batch, keys], [batch, queries, keys]:
            counts = numbers.map { $0 != 0 }
            if mask.rank == 3 { rows = queries }
        default:
            throw OctetError(
                .invalidModel, "the mask does not fit", expected: "\([batch, keys]) or a number of keys a batch",
                found: "\(mask.shape)")
        }
        return Tensor(counts.map { $0 ? 0 : maskValue }, shape: [batch, 1, rows, keys])
    }
}
