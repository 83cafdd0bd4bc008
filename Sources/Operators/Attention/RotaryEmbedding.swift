public import ModelGraph
public import TensorCore

/// ONNX `RotaryEmbedding`: pairs of elements of each head turned by an angle that grows with the position.
///
/// Inputs: x (batch, heads, sequence, width) or (batch, sequence, heads · width), the cosines and the sines, and
/// optionally which row of them each position takes.
public struct RotaryEmbedding: TensorOperator {
    public static let name = "RotaryEmbedding"

    /// Whether pairs are neighbours, not an element of the first half and one of the second.
    public var isInterleaved: Bool
    /// How many elements of each head are turned; 0 for all.
    public var width: Int
    /// The number of heads of an input with three axes.
    public var heads: Int

    public init(isInterleaved: Bool = false, width: Int = 0, heads: Int = 0) {
        self.isInterleaved = isInterleaved
        self.width = width
        self.heads = heads
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in 0..<3 { try inputs.require(index, .reals) }
        try inputs.require(3, .indices)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        guard x.rank == 4 || x.rank == 3 && heads > 0 && x.shape[2] % heads == 0 else {
            throw OctetError(
                .invalidModel, "the input does not fit", expected: "4 axes, or 3 and 'num_heads'", found: "\(x.shape)")
        }
        let headCount = x.rank == 4 ? x.shape[1] : heads
        let sequence = x.rank == 4 ? x.shape[2] : x.shape[1]
        let headWidth = x.rank == 4 ? x.shape[3] : x.shape[2] / heads
        let turned = width == 0 ? headWidth : width
        guard turned >= 0, turned <= headWidth, turned % 2 == 0 else {
            throw OctetError(.invalidModel, "'rotary_embedding_dim' does not fit", found: "\(turned) of \(headWidth)")
        }
        let half = turned / 2
        let (cosines, sines) = (try inputs.required(1), try inputs.required(2))
        let rows = try rows(inputs.optional(3), batch: x.shape[0], sequence: sequence, half: half, cosines, sines)
        let (c, s) = (try cosines.reals(), try sines.reals())
        var values = try x.reals()
        for batch in 0..<x.shape[0] {
            for position in 0..<sequence {
                let row = rows[batch * sequence + position] * half
                for head in 0..<headCount {
                    let place =
                        x.rank == 4
                        ? (batch * headCount + head) * sequence + position
                        : (batch * sequence + position) * headCount + head
                    for pair in 0..<half {
                        let first = place * headWidth + (isInterleaved ? 2 * pair : pair)
                        let second = first + (isInterleaved ? 1 : half)
                        let (a, b) = (values[first], values[second])
                        values[first] = c[row + pair] * a - s[row + pair] * b
                        values[second] = s[row + pair] * a + c[row + pair] * b
                    }
                }
            }
        }
        try output.setReals(values)
    }

    /// The row of cosines and sines for each position of each batch.
    private func rows(
        _ positions: Tensor?, batch: Int, sequence: Int, half: Int, _ cosines: Tensor, _ sines: Tensor
    ) throws -> [Int] {
        let rank = positions == nil ? 3 : 2
        guard cosines.shape == sines.shape, cosines.rank == rank, cosines.shape.last == half,
            positions == nil ? Array(cosines.shape.prefix(2)) == [batch, sequence] : true
        else {
            throw OctetError(
                .invalidModel, "the cosines and sines do not fit", expected: "\(rank) axes, the last of extent \(half)",
                found: "\(cosines.shape) and \(sines.shape)")
        }
        guard let positions else { return Array(0..<batch * sequence) }
        guard let rows = positions.integers, positions.shape == [batch, sequence] else {
            throw OctetError(.invalidModel, "the positions do not fit", expected: "\([batch, sequence])")
        }
        return try Indices.resolve(rows, extent: cosines.shape[0])
    }
}
