import CKernels
import Foundation
import Kernels
import Testing

@Suite struct ReductionTests {
    static let lengths = [1, 2, 7, 15, 16, 17, 31, 33, 64, 100, 1000]

    /// The sum in sixteen virtual lanes that are combined by halving.
    static func laneSum(_ values: [Float]) -> Float {
        var lanes = [Float](repeating: 0, count: 16)
        for (index, value) in values.enumerated() { lanes[index % 16] += value }
        for width in [8, 4, 2, 1] {
            for i in 0..<width { lanes[i] += lanes[i + width] }
        }
        return lanes[0]
    }

    @Test(arguments: InstructionSet.supported, lengths)
    func reduce(_ instructionSet: InstructionSet, _ length: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(length)
        let rows = 5
        var values = random.floats(rows * length)
        values[4 * length + length / 2] = .nan
        let input = Buffer(values)
        let output = Buffer(repeating: Float(0), count: 2 * rows)
        for operation in [OCTET_REDUCE_SUM, OCTET_REDUCE_MEAN, OCTET_REDUCE_MAX, OCTET_REDUCE_MIN] {
            let args = octet_reduce_args(
                input: input.base, output: output.base, rows: Int64(rows), length: Int64(length),
                input_stride: Int64(length), output_stride: 2, operation: operation, rows_per_task: 2)
            runTasks(unwrap(table.reduce_f32), args, 3)
            let expected = (0..<rows).map { row -> Float in
                let slice = Array(values[row * length..<(row + 1) * length])
                if row == 4 { return .nan }
                switch operation {
                case OCTET_REDUCE_SUM: return Self.laneSum(slice)
                case OCTET_REDUCE_MEAN: return Self.laneSum(slice) / Float(length)
                case OCTET_REDUCE_MAX: return slice.max() ?? .nan
                default: return slice.min() ?? .nan
                }
            }
            #expect(same((0..<rows).map { output.base[2 * $0] }, expected))
        }
        #expect(output.guardsAreIntact)
    }

    @Test(arguments: InstructionSet.supported, lengths)
    func softmax(_ instructionSet: InstructionSet, _ length: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(length)
        let rows = 3
        let values = random.floats(rows * length, in: -12...12)
        let input = Buffer(values)
        let output = Buffer(repeating: Float(0), count: rows * length)
        for logarithm in [Int32(0), 1] {
            let args = octet_softmax_args(
                input: input.base, output: output.base, rows: Int64(rows), length: Int64(length),
                input_stride: Int64(length), output_stride: Int64(length), logarithm: logarithm, rows_per_task: 1)
            runTasks(unwrap(table.softmax_f32), args, rows)
            for row in 0..<rows {
                let slice = Array(values[row * length..<(row + 1) * length])
                let largest = slice.max() ?? 0
                let shifted = slice.map { $0 - largest }
                let scalar = try KernelTable(.scalar)
                let exponentials = FloatTests.unary(scalar, OCTET_EXP, shifted)
                let sum = Self.laneSum(exponentials)
                let logSum = FloatTests.unary(scalar, OCTET_LOG, [sum])[0]
                let expected = logarithm == 1 ? shifted.map { $0 - logSum } : exponentials.map { $0 / sum }
                #expect(same(Array(output.values[row * length..<(row + 1) * length]), expected))
                let exact = slice.map { exp(Double($0 - largest)) }
                let total = exact.reduce(0, +)
                for (e, result) in zip(exact, expected) {
                    let wanted = logarithm == 1 ? log(e / total) : e / total
                    #expect(abs(Double(result) - wanted) <= 4e-6 * max(1, abs(wanted)))
                }
            }
        }
        #expect(output.guardsAreIntact)
    }

    @Test(arguments: InstructionSet.supported, lengths)
    func layerNormalization(_ instructionSet: InstructionSet, _ length: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(length)
        let rows = 3
        let values = random.floats(rows * length)
        let input = Buffer(values)
        let output = Buffer(repeating: Float(0), count: rows * length)
        let gamma = Buffer(random.floats(length))
        let beta = Buffer(random.floats(length))
        for plain in [false, true] {
            let args = octet_layer_norm_args(
                input: input.base, output: output.base, gamma: plain ? nil : UnsafePointer(gamma.base),
                beta: plain ? nil : UnsafePointer(beta.base), rows: Int64(rows), length: Int64(length),
                input_stride: Int64(length), output_stride: Int64(length), epsilon: 1e-5, rows_per_task: 2)
            runTasks(unwrap(table.layer_norm_f32), args, 2)
            var expected: [Float] = []
            for row in 0..<rows {
                let slice = Array(values[row * length..<(row + 1) * length])
                let mean = Self.laneSum(slice) / Float(length)
                let deviations = slice.map { $0 - mean }
                let variance = Self.laneSum(deviations.map { $0 * $0 }) / Float(length)
                let inverse = 1 / (variance + 1e-5).squareRoot()
                expected += deviations.enumerated().map { i, d in
                    plain
                        ? Float(0).addingProduct(d * inverse, 1)
                        : beta.base[i].addingProduct(d * inverse, gamma.base[i])
                }
            }
            #expect(same(output.values, expected))
        }
        #expect(output.guardsAreIntact)
    }
}
