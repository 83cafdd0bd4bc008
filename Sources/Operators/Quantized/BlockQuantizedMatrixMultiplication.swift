public import ModelGraph
public import TensorCore

/// ONNX Runtime's `MatMulNBits`: a product with a matrix of 2, 4 or 8 bits that has a scale for each block of a column.
///
/// Inputs: A (…, K); the codes of B (N, blocks, bytes of a block), the first code in the lowest bits; the scales, N times
/// blocks; and, all of which may be left out: zero points, packed like the codes with a column's filled up to whole
/// bytes, or reals; for each of the K rows the block whose scale it has; a bias (N).
public struct BlockQuantizedMatrixMultiplication: TensorOperator {
    public static let name = "MatMulNBits"

    /// K and N.
    public var rows: Int
    public var columns: Int
    public var bits: Int
    public var blockSize: Int

    public init(rows: Int, columns: Int, bits: Int = 4, blockSize: Int) {
        self.rows = rows
        self.columns = columns
        self.bits = bits
        self.blockSize = blockSize
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let a = try inputs.tensor(0)
        guard let shape = a.shape else { return [.tensor(a.elementType, nil)] }
        guard let depth = shape.last, rows > 0, columns > 0, depth.value.map({ $0 == rows }) ?? true else {
            throw OctetError(
                .invalidModel, "the matrices do not fit", expected: "\(rows) rows of \(columns)", found: "\(shape)")
        }
        return [.tensor(a.elementType, shape.dropLast() + [.fixed(columns)])]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        guard [2, 4, 8].contains(bits), blockSize >= 16, blockSize & (blockSize - 1) == 0 else {
            throw OctetError(
                .unsupported, "these blocks are not known",
                expected: "2, 4 or 8 bits in blocks of a power of 2 from 16 on",
                found: "\(bits) bits in blocks of \(blockSize)")
        }
        let floats: [ElementType] = [.float32, .float16, .bfloat16]
        for index in [0, 2, 5] { try inputs.require(index, floats) }
        try inputs.require(1, [.uint8])
        try inputs.require(3, floats.union([.uint8]))
        try inputs.require(4, [.int32])
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let a = try inputs.required(0)
        var sums = Array(repeating: Float(0), count: output.count)
        if let bias = try inputs.optional(5)?.singles() {
            guard bias.count == columns else { throw misfit("bias", columns, bias.count) }
            for index in sums.indices { sums[index] = bias[index % columns] }
        }
        let product = MatrixProduct.product(
            try a.singles(), try matrix(inputs), initial: sums, m: output.count / columns, n: columns, k: rows)
        try output.setSingles(product)
    }

    /// B as reals, K × N.
    private func matrix(_ inputs: [Tensor?]) throws -> [Float] {
        let blocks = (rows + blockSize - 1) / blockSize
        let codes = try codes(inputs.required(1), groups: columns * blocks, count: blockSize, name: "weights")
        let scales = try inputs.required(2).singles()
        guard scales.count == columns * blocks else { throw misfit("scales", columns * blocks, scales.count) }
        var zeroPoints = Array(repeating: Float(1 << (bits - 1)), count: columns * blocks)
        if let stored = inputs.optional(3) {
            zeroPoints =
                stored.elementType == .uint8
                ? try self.codes(stored, groups: columns, count: blocks, name: "zero points") : try stored.singles()
            guard zeroPoints.count == columns * blocks else {
                throw misfit("zero points", columns * blocks, zeroPoints.count)
            }
        }
        let groups = try inputs.integers(4) ?? (0..<rows).map { $0 / blockSize }
        guard groups.count >= rows, groups.prefix(rows).allSatisfy({ 0..<blocks ~= $0 }) else {
            throw OctetError(.invalidData, "the numbers of blocks do not fit", expected: "\(rows) below \(blocks)")
        }
        var matrix = Array(repeating: Float(0), count: rows * columns)
        for column in 0..<columns {
            for row in 0..<rows {
                let group = column * blocks + groups[row]
                let code = codes[column * blocks * blockSize + row]
                matrix[row * columns + column] = (code - zeroPoints[group]) * scales[group]
            }
        }
        return matrix
    }

    /// Packed codes, each group of which fills whole bytes.
    private func codes(_ tensor: Tensor, groups: Int, count: Int, name: String) throws -> [Float] {
        let byteCount = (count * bits + 7) / 8
        guard tensor.byteCount == groups * byteCount else {
            throw misfit("bytes of \(name)", groups * byteCount, tensor.byteCount)
        }
        return tensor.withBytes { bytes in
            var codes: [Float] = []
            codes.reserveCapacity(groups * count)
            for group in 0..<groups {
                for index in 0..<count {
                    let byte = bytes[group * byteCount + index * bits / 8]
                    codes.append(Float(byte >> UInt8(index * bits % 8) & UInt8(1 << bits - 1)))
                }
            }
            return codes
        }
    }

    private func misfit(_ name: String, _ expected: Int, _ found: Int) -> OctetError {
        OctetError(.invalidModel, "the number of \(name) does not fit", expected: "\(expected)", found: "\(found)")
    }
}
