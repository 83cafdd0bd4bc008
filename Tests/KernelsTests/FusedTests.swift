import CKernels
import Kernels
import Testing

/// `fused_f32` against the kernels of the single operations.
@Suite struct FusedTests {
    /// Extents of the nest; operands are floats, codes with another order of the rows, and numbers a channel.
    static let shapes = [[1, 1], [1, 700], [3, 5], [40, 24], [700, 1], [2, 513], [130, 17]]

    @Test(arguments: InstructionSet.supported, shapes)
    func equalsSingleOperations(_ set: InstructionSet, _ shape: [Int]) throws {
        let table = try KernelTable(set)
        let scalar = try KernelTable(.scalar)
        var random = Seeded(shape[0] * 1000 + shape[1])
        let (rows, columns) = (shape[0], shape[1])
        let count = rows * columns
        let a = Buffer(random.floats(count))
        let codes = Buffer(random.bytes(count))
        let channel = Buffer(random.floats(columns))
        for isQuantized in [false, true] {
            var args = octet_fused_args()
            args.nest = octet_nest(shape)
            args.source_count = 4
            args.sources.0 = source(octet_source(a.base, strides: [columns, 1]), OCTET_FUSED_FLOATS)
            args.sources.1 = source(octet_source(codes.base, strides: [1, rows]), OCTET_FUSED_CODES, 0.03, 117)
            args.sources.2 = source(octet_source(channel.base, strides: [0, 1]), OCTET_FUSED_FLOATS)
            args.sources.3 = source(octet_source(nil, strides: []), OCTET_FUSED_NUMBER, 1.5)
            args.operation_count = 4
            args.operations.0 = binary(OCTET_ADD, 0, 1, to: 0)
            args.operations.1 = unary(OCTET_SIGMOID, 4, to: 1)
            args.operations.2 = binary(OCTET_MUL, 4, 5, to: 0, -0.5, 3)
            args.operations.3 = binary(OCTET_DIV, 4, 2, to: 2)
            args.is_quantized = isQuantized ? 1 : 0
            args.scale = 0.02
            args.zero_point = 100
            let floats = Buffer(repeating: Float(0), count: count)
            let bytes = Buffer(repeating: UInt8(0), count: count)
            args.output = octet_target(
                isQuantized ? UnsafeMutableRawPointer(bytes.base) : UnsafeMutableRawPointer(floats.base),
                strides: [columns, 1])
            let tasks = octet_nest_schedule(&args.nest, 20_000, 2)
            runTasks(unwrap(table.fused_f32), args, tasks)
            #expect(floats.guardsAreIntact && bytes.guardsAreIntact)

            let decoded = (0..<count).map { index in
                Float(Int(codes.values[index / columns + index % columns * rows]) - 117) * Float(0.03)
            }
            let sums = zip(a.values, decoded).map { $0 + $1 }
            let gates = FloatTests.unary(scalar, OCTET_SIGMOID, sums)
            let products = zip(sums, gates).map { min(3, max(-0.5, $0 * $1)) }
            let expected = products.indices.map { products[$0] / channel.values[$0 % columns] }
            if isQuantized {
                #expect(
                    bytes.values
                        == expected.map {
                            requantized(
                                max(-1e6, min(1e6, $0 / Float(0.02))), zeroPoint: 100, minimum: 0, maximum: 255)
                        })
            } else {
                #expect(same(floats.values, expected))
            }
        }
    }

    private func source(
        _ memory: octet_source, _ kind: octet_fused_kind, _ scale: Float = 1, _ zeroPoint: Int32 = 0
    ) -> octet_fused_source {
        octet_fused_source(memory: memory, kind: kind, scale: scale, zero_point: zeroPoint)
    }

    private func unary(_ operation: octet_unary, _ a: Int32, to target: Int32) -> octet_fused_operation {
        octet_fused_operation(
            is_binary: 0, operation: Int32(operation.rawValue), a: a, b: a, target: target, alpha: 0, beta: 0)
    }

    private func binary(
        _ operation: octet_binary, _ a: Int32, _ b: Int32, to target: Int32, _ minimum: Float = -.infinity,
        _ maximum: Float = .infinity
    ) -> octet_fused_operation {
        octet_fused_operation(
            is_binary: 1, operation: Int32(operation.rawValue), a: a, b: b, target: target, alpha: minimum,
            beta: maximum)
    }
}
