internal import TensorCore

/// The loops of a product of row-major matrices.
enum MatrixProduct {
    /// c (m × n) += a (m × k) · b (k × n); each element is one chain of multiply-adds in ascending k.
    static func accumulate<T: Accumulating>(
        _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, into c: UnsafeMutablePointer<T>, m: Int, n: Int, k: Int
    ) {
        for row in 0..<m {
            let sums = c + row * n
            for depth in 0..<k {
                let factor = a[row * k + depth]
                let line = b + depth * n
                for column in 0..<n { sums[column] = sums[column].adding(factor, times: line[column]) }
            }
        }
    }

    /// a (m × k) · b (k × n) + initial (m × n).
    static func product<T: Accumulating>(_ a: [T], _ b: [T], initial: [T], m: Int, n: Int, k: Int) -> [T] {
        var sums = initial
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                sums.withUnsafeMutableBufferPointer { sums in
                    guard let a = a.baseAddress, let b = b.baseAddress, let sums = sums.baseAddress else { return }
                    accumulate(a, b, into: sums, m: m, n: n, k: k)
                }
            }
        }
        return sums
    }

    /// The transpose of a rows × columns matrix.
    static func transposed<T>(_ matrix: [T], rows: Int, columns: Int) -> [T] {
        var result: [T] = []
        result.reserveCapacity(matrix.count)
        for column in 0..<columns {
            for row in 0..<rows { result.append(matrix[row * columns + column]) }
        }
        return result
    }
}

/// A stack of matrix products with broadcast leading axes (numpy's matmul).
struct BatchedProduct {
    let m: Int
    let n: Int
    let k: Int
    /// Leading axes of the output.
    let batch: [Int]
    /// The shape of the output; vectors lose their axis.
    let output: [Int]
    private let aBatch: [Int]
    private let bBatch: [Int]

    /// - Throws: `invalidModel` when the shapes do not fit.
    init(a: [Int], b: [Int]) throws {
        guard let depthA = a.last, !b.isEmpty else {
            throw OctetError(.invalidModel, "a scalar has no matrix product", found: "\(a) and \(b)")
        }
        let left = a.count == 1 ? [1] + a : a
        let right = b.count == 1 ? b + [1] : b
        guard right[right.count - 2] == depthA else {
            throw OctetError(
                .invalidModel, "the matrices do not fit", expected: "\(depthA) rows", found: "\(right[right.count - 2])"
            )
        }
        m = left[left.count - 2]
        k = depthA
        n = right[right.count - 1]
        aBatch = Array(left.dropLast(2))
        bBatch = Array(right.dropLast(2))
        batch = try Shapes.broadcast(fixed: [aBatch, bBatch])
        output = batch + (a.count == 1 ? [] : [m]) + (b.count == 1 ? [] : [n])
    }

    func run<T: Accumulating>(_ a: [T], _ b: [T]) -> [T] {
        let count = batch.reduce(1, *) * m * n
        var sums = [T](repeating: .zero, count: count)
        guard count > 0, k > 0 else { return sums }
        let nest = LoopNest(
            batch,
            strides: [
                Tensor.rowMajorStrides(batch), LoopNest.broadcastStrides(aBatch, to: batch),
                LoopNest.broadcastStrides(bBatch, to: batch),
            ])
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                sums.withUnsafeMutableBufferPointer { sums in
                    guard let a = a.baseAddress, let b = b.baseAddress, let sums = sums.baseAddress else { return }
                    nest.forEachRun { starts, steps, length in
                        for index in 0..<length {
                            MatrixProduct.accumulate(
                                a + (starts[1] + index * steps[1]) * m * k, b + (starts[2] + index * steps[2]) * k * n,
                                into: sums + (starts[0] + index * steps[0]) * m * n, m: m, n: n, k: k)
                        }
                    }
                }
            }
        }
        return sums
    }
}
