internal import ModelGraph
internal import TensorCore

/// A tensor as (batch, heads, length, width), in binary64.
struct HeadTensor {
    var values: [Double]
    var batch: Int
    var heads: Int
    var length: Int
    var width: Int
}

extension HeadTensor {
    /// - Parameter heads: how many heads the last of three axes holds.
    init(_ tensor: Tensor, heads: Int?) throws {
        let values = try tensor.reals()
        let shape = tensor.shape
        if shape.count == 4 {
            self.init(values: values, batch: shape[0], heads: shape[1], length: shape[2], width: shape[3])
            return
        }
        guard shape.count == 3, let heads, heads > 0, shape[2] % heads == 0 else {
            throw OctetError(.invalidModel, "an input of the attention does not fit", found: "\(shape)")
        }
        self.init(values: values, batch: shape[0], heads: heads, length: shape[1], width: shape[2] / heads)
        self.values = swapped(heads, length)
    }

    /// The values as (batch, length, heads · width).
    var joined: [Double] { swapped(length, heads) }

    /// The values with the two middle axes swapped, when they are now (batch, second, first, width).
    private func swapped(_ first: Int, _ second: Int) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(values.count)
        for lane in 0..<batch {
            for outer in 0..<first {
                for inner in 0..<second {
                    let place = ((lane * second + inner) * first + outer) * width
                    result += values[place..<place + width]
                }
            }
        }
        return result
    }

    /// This tensor behind an earlier one along the sequence.
    func behind(_ past: Tensor?) throws -> HeadTensor {
        guard let past else { return self }
        let first = try HeadTensor(past, heads: nil)
        guard first.batch == batch, first.heads == heads, first.width == width else {
            throw OctetError(
                .invalidModel, "the keys or values of earlier steps do not fit",
                expected: "\([batch, heads, -1, width])", found: "\(past.shape)")
        }
        var result = self
        result.length = first.length + length
        result.values = []
        for lane in 0..<batch * heads {
            result.values += first.values[lane * first.length * width..<(lane + 1) * first.length * width]
            result.values += values[lane * length * width..<(lane + 1) * length * width]
        }
        return result
    }
}

/// Which keys a query sees, and what is added to its scores.
struct AttentionMask {
    private let attention: Attention
    private let added: [Double]?
    /// Strides of the mask along batch, head and query, 0 where it repeats; its rows hold `width` keys.
    private let strides: [Int]
    private let width: Int
    private let counts: [Int]?
    private let queries: Int
    private let past: Int?

    init(
        _ attention: Attention, mask: Tensor?, counts: [Int]?, queries: HeadTensor, keys: Int, past: Int?
    ) throws {
        self.attention = attention
        self.counts = counts
        self.queries = queries.length
        self.past = past
        if let counts, counts.count != queries.batch || !counts.allSatisfy({ $0 >= 0 && $0 <= keys }) {
            throw OctetError(.invalidData, "the numbers of keys do not fit", found: "\(counts.prefix(8))")
        }
        guard let mask else {
            (added, strides, width) = (nil, [0, 0, 0], 0)
            return
        }
        let target = [queries.batch, queries.heads, queries.length]
        guard mask.rank >= 1, mask.rank <= 4, let columns = mask.shape.last, columns <= keys,
            try Shapes.broadcast(fixed: [Array(mask.shape.dropLast()), target]) == target
        else {
            throw OctetError(
                .invalidModel, "the mask does not fit", expected: "\(target + [keys]) or broadcast to it",
                found: "\(mask.shape)")
        }
        width = columns
        strides = LoopNest.broadcastStrides(Array(mask.shape.dropLast()), to: target).map { $0 * columns }
        added =
            mask.elementType == .bool
            ? (mask.integers ?? []).map { $0 != 0 ? 0 : -.infinity } : try mask.reals()
    }

    func apply(to scores: inout [Double], batch: Int, head: Int, query: Int) {
        let row = batch * strides[0] + head * strides[1] + query * strides[2]
        let position = query + (past ?? counts.map { $0[batch] - queries } ?? 0)
        for key in scores.indices {
            var bias = 0.0
            if let added { bias = key < width ? added[row + key] : -.infinity }
            let isHidden =
                attention.isCausal && key > position || attention.leftWindow.map { position - key > $0 } ?? false
                || attention.rightWindow.map { key - position > $0 } ?? false
                || counts.map { key >= $0[batch] } ?? false || bias == -.infinity
            scores[key] = isHidden ? -.infinity : scores[key] + bias
        }
    }
}
