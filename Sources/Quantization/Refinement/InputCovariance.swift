internal import ModelGraph
internal import TensorCore

/// How the elements of a layer's rounded patches vary together, from patches drawn evenly from the samples.
///
/// Columns are taken in blocks, so that memory grows with the depth of the layer and not with its square: elements of
/// different blocks count as independent. A block holds whole channels where it can.
struct InputCovariance {
    /// One block: of `group`, elements `start ..< start + size` of a patch.
    struct Block {
        var group: Int
        var start: Int
        var size: Int
        fileprivate var sums: [Float]
        fileprivate var products: [Float]
    }

    private static let blockSize = 256
    /// Patches drawn from a sample.
    private static let drawn = 32

    private let layer: LinearLayer
    private(set) var blocks: [Block] = []
    private var rowCount = 0

    init(_ layer: LinearLayer) {
        self.layer = layer
        let size =
            layer.taps > Self.blockSize ? Self.blockSize : Self.blockSize / layer.taps * layer.taps
        for group in 0..<layer.groups {
            for start in stride(from: 0, to: layer.depth, by: size) {
                let size = min(size, layer.depth - start)
                blocks.append(
                    Block(
                        group: group, start: start, size: size, sums: Array(repeating: 0, count: size),
                        products: Array(repeating: 0, count: size * size)))
            }
        }
    }

    /// Takes in the rounded input of a sample.
    mutating func take(_ input: Tensor, sample: Int, _ executor: any Executor) throws {
        let all = try layer.positions(of: input)
        guard all > 0 else { return }
        let count = min(Self.drawn, all)
        let positions = (0..<count).map { index in
            let (start, end) = (index * all / count, (index + 1) * all / count)
            return start + Int(Self.hash(UInt64(sample), UInt64(index)) % UInt64(end - start))
        }
        rowCount += count
        let perGroup = blocks.count / layer.groups
        let layer = layer
        for group in 0..<(perGroup > 1 ? layer.groups : 1) {
            // The blocks of one group have the same rows; groups of one block each gather their own.
            var shared: [Float]?
            if perGroup > 1 { shared = try layer.rows(at: positions, group: group, of: input) }
            let rows = shared
            let first = perGroup > 1 ? group * perGroup : 0
            try blocks.withUnsafeMutableBufferPointer { buffer in
                nonisolated(unsafe) let buffer = buffer
                _ = try executor.map(perGroup > 1 ? perGroup : buffer.count) { index in
                    let block = first + index
                    let own = try rows ?? layer.rows(at: positions, group: buffer[block].group, of: input)
                    buffer[block].add(own, depth: layer.depth, count: count)
                }
            }
        }
    }

    /// The covariance matrix of a block, drawn towards its diagonal the more the fewer patches were seen, and with a
    /// floor below which no element counts as constant.
    func matrix(of block: Block) -> [Float] {
        let size = block.size
        let count = Float(max(rowCount, 1))
        let own = Float(rowCount) / Float(rowCount + size)
        var matrix = block.products
        var trace: Float = 0
        for row in 0..<size {
            for column in 0..<size {
                let index = row * size + column
                matrix[index] = matrix[index] / count - block.sums[row] / count * (block.sums[column] / count)
                if row != column { matrix[index] *= own }
            }
            matrix[row * size + row] = max(matrix[row * size + row], 0)
            trace += matrix[row * size + row]
        }
        let floor = 0.01 * trace / Float(size)
        for row in 0..<size { matrix[row * size + row] += floor }
        return matrix
    }

    /// A number that looks random and depends on its arguments alone (G. Steele et al., SplitMix, 2014).
    private static func hash(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var z = (a &* 0x1_0001 &+ b &+ 1) &* 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

extension InputCovariance.Block {
    /// Adds the products of the block's columns of `count` rows.
    fileprivate mutating func add(_ rows: [Float], depth: Int, count: Int) {
        let (size, start) = (size, start)
        rows.withUnsafeBufferPointer { rows in
            sums.withUnsafeMutableBufferPointer { sums in
                for row in 0..<count {
                    for column in 0..<size { sums[column] += rows[row * depth + start + column] }
                }
            }
            products.withUnsafeMutableBufferPointer { products in
                let bytes = UnsafeRawBufferPointer(rows)
                let target = UnsafeMutableRawBufferPointer(products)
                for left in 0..<size {
                    var column = 0
                    while column + 16 <= size {
                        let place = (left * size + column) * 4
                        var sum = target.loadUnaligned(fromByteOffset: place, as: SIMD16<Float>.self)
                        for row in 0..<count {
                            let base = row * depth + start
                            sum +=
                                bytes.loadUnaligned(fromByteOffset: (base + column) * 4, as: SIMD16<Float>.self)
                                * rows[base + left]
                        }
                        target.storeBytes(of: sum, toByteOffset: place, as: SIMD16<Float>.self)
                        column += 16
                    }
                    while column < size {
                        var sum = products[left * size + column]
                        for row in 0..<count {
                            let base = row * depth + start
                            sum += rows[base + column] * rows[base + left]
                        }
                        products[left * size + column] = sum
                        column += 1
                    }
                }
            }
        }
    }
}
