import CKernels
import Kernels
import Testing

@Suite struct MovementTests {
    /// Every order of four dimensions, for every element size.
    @Test(arguments: [1, 2, 4, 8], [[2, 3, 5, 7], [1, 17, 4, 33], [3, 1, 1, 2], [2, 64, 3, 5]])
    func permutedCopy(_ elementSize: Int, _ shape: [Int]) throws {
        let table = try KernelTable(.scalar)
        let count = shape.reduce(1, *)
        var random = Seeded(elementSize)
        let input = Buffer((0..<count * elementSize).map { _ in UInt8.random(in: 0...255, using: &random) })
        let strides = (0..<4).map { shape[($0 + 1)...].reduce(1, *) }
        for order in permutations([0, 1, 2, 3]) {
            for threads in [1, 2] {
                let output = Buffer(repeating: UInt8(0), count: count * elementSize)
                let dims = order.map { shape[$0] }
                var args = octet_copy_args(
                    nest: octet_nest(dims), input: octet_source(input.base, strides: order.map { strides[$0] }),
                    output: octet_target(output.base, strides: (0..<4).map { dims[($0 + 1)...].reduce(1, *) }),
                    element_size: Int32(elementSize))
                let tasks = octet_copy_schedule(&args, Int32(threads))
                runTasks(unwrap(table.copy), args, tasks)
                var expected: [UInt8] = []
                forEachIndex(dims) { index in
                    let from = zip(index, order).reduce(0) { $0 + $1.0 * strides[$1.1] } * elementSize
                    expected += (from..<from + elementSize).map { input.base[$0] }
                }
                #expect(output.values == expected)
                #expect(output.guardsAreIntact)
            }
        }
    }

    /// Broadcast, reversed and spread-out operands, and many tasks.
    @Test func stridedCopy() throws {
        let table = try KernelTable(.scalar)
        let input = Buffer((0..<200).map { Int32($0) })
        let output = Buffer(repeating: Int32(-1), count: 3 * 4 * 50 * 2)
        var args = octet_copy_args(
            nest: octet_nest([3, 4, 50]), input: octet_source(input.base + 49, strides: [0, 50, -1]),
            output: octet_target(output.base, strides: [400, 100, 2]), element_size: 4)
        let tasks = octet_copy_schedule(&args, 2)
        runTasks(unwrap(table.copy), args, tasks)
        let expected = (0..<output.count).map { (i: Int) -> Int32 in
            let row = i / 100 % 4
            let column = i / 2 % 50
            return i % 2 == 1 ? -1 : Int32(row * 50 + 49 - column)
        }
        #expect(output.values == expected)
    }

    @Test(arguments: [1, 4])
    func halo(_ elementSize: Int) throws {
        let table = try KernelTable(.scalar)
        let (images, rows, columns, channels) = (2, 3, 4, 5)
        let (top, bottom, left, right) = (1, 2, 3, 1)
        let row = (left + columns + right) * channels
        let image = (top + rows + bottom) * row
        let buffer = Buffer(repeating: UInt8(0), count: images * image * elementSize)
        let args = octet_halo_args(
            interior: buffer.base + (top * row + left * channels) * elementSize,
            strides: octet_strides(image: Int64(image), row: Int64(row), pixel: Int64(channels)), images: Int64(images),
            rows: Int64(rows), columns: Int64(columns), channels: Int64(channels), top: Int64(top),
            bottom: Int64(bottom), left: Int64(left), right: Int64(right), element_size: Int32(elementSize),
            value: 0x0403_0201)
        runTasks(unwrap(table.fill_halo), args, images)
        let expected = (0..<images * image * elementSize).map { byte -> UInt8 in
            let element = byte / elementSize
            let y = element % image / row
            let x = element % row / channels
            let inside = (top..<top + rows).contains(y) && (left..<left + columns).contains(x)
            return inside ? 0 : UInt8(byte % elementSize + 1)
        }
        #expect(buffer.values == expected)
        #expect(buffer.guardsAreIntact)
    }

    @Test func fill() throws {
        let table = try KernelTable(.scalar)
        let buffer = Buffer(repeating: Int64(0), count: 9)
        let args = octet_fill_args(output: buffer.base, count: 9, value: 0x1234_5678_9abc, element_size: 8)
        runTasks(unwrap(table.fill), args, 1)
        #expect(buffer.values == [Int64](repeating: 0x1234_5678_9abc, count: 9))
        #expect(buffer.guardsAreIntact)
    }

    @Test func mergesContiguousDimensions() {
        var nest = octet_nest([2, 3, 4, 5])
        var operands = [nestTuple([60, 20, 5, 1], padding: 0), nestTuple([0, 20, 5, 1], padding: 0)]
        #expect(nest.schedule(operands: &operands, cost: 100, threads: 1) == 1)
        #expect(nest.dims == (1, 1, 1, 1, 2, 60))
        #expect(operands[0] == (0, 0, 0, 0, 60, 1))
        #expect(operands[1] == (0, 0, 0, 0, 0, 1))
        var scalar = octet_nest([])
        var strides = [nestTuple([], padding: 0)]
        #expect(scalar.schedule(operands: &strides, cost: 100, threads: 4) == 1)
        var empty = octet_nest([0, 3])
        #expect(empty.schedule(operands: &strides, cost: 100, threads: 1) == 0)
    }

    private func permutations(_ values: [Int]) -> [[Int]] {
        guard !values.isEmpty else { return [[]] }
        return values.flatMap { first in permutations(values.filter { $0 != first }).map { [first] + $0 } }
    }

    private func forEachIndex(_ shape: [Int], _ body: ([Int]) -> Void) {
        for flat in 0..<shape.reduce(1, *) {
            var rest = flat
            var index = shape
            for d in shape.indices.reversed() {
                index[d] = rest % shape[d]
                rest /= shape[d]
            }
            body(index)
        }
    }
}
