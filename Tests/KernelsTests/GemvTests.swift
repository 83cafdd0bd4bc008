import CKernels
import Kernels
import Testing

/// Products of a few vectors with rows of weights that are not packed.
@Suite struct GemvTests {
    struct Case: CustomTestStringConvertible {
        var depth: Int
        var channels: Int
        var vectors = 1
        var inputZero: UInt8 = 0
        var threads = 1

        var testDescription: String { "\(vectors) x \(depth) -> \(channels), zero \(inputZero), \(threads) threads" }

        /// The layer's geometry, and what it reads.
        func arguments(input: UnsafeRawPointer, rows: UnsafeRawPointer, header: UnsafeRawPointer) -> octet_gemv_args {
            var arguments = octet_gemv_args()
            arguments.rows = rows
            arguments.conv.input = input
            arguments.conv.input_strides.pixel = Int64(depth)
            arguments.conv.run = Int64(depth)
            arguments.conv.taps = 1
            arguments.conv.weights = header
            arguments.conv.output_strides.pixel = Int64(channels)
            arguments.conv.images = 1
            arguments.conv.rows = 1
            arguments.conv.columns = Int64(vectors)
            arguments.conv.channels = Int64(channels)
            arguments.conv.groups = 1
            return arguments
        }

        static let all = [
            Case(depth: 64, channels: 16), Case(depth: 65, channels: 1), Case(depth: 127, channels: 17, inputZero: 3),
            Case(depth: 128, channels: 40, vectors: 4, inputZero: 128), Case(depth: 191, channels: 33, vectors: 3),
            Case(depth: 1000, channels: 1000, inputZero: 255, threads: 3),
        ]
    }

    @Test(arguments: InstructionSet.supported, Case.all)
    func equalsItsDefinition(_ instructionSet: InstructionSet, _ test: Case) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(test.depth * test.channels)
        let input = Buffer(random.bytes(test.vectors * test.depth))
        // One byte in front, so that no row is aligned.
        let rows = Buffer([Int8(0)] + random.weights(test.channels * test.depth))
        let weights = rows.base + 1
        let bias = Buffer((0..<test.channels).map { _ in Int32.random(in: -9000...9000, using: &random) })
        let scale = Buffer((0..<test.channels).map { _ in Float.random(in: 0.0001...0.01, using: &random) })
        let floatBias = Buffer(random.floats(test.channels))
        var packing = octet_conv_packing()
        packing.weights = UnsafeRawPointer(weights)
        packing.bias = UnsafeRawPointer(bias.base)
        packing.scale = UnsafePointer(scale.base)
        packing.float_bias = UnsafePointer(floatBias.base)
        packing.channels = Int64(test.channels)
        packing.run_inner = Int64(test.depth)
        packing.input_zero_point = Int32(test.inputZero)
        let header = Buffer(repeating: UInt8(0), count: octet_packed_gemv_size(OCTET_CONV_U8_U8, packing.channels))
        octet_pack_gemv(&packing, header.base)

        var arguments = test.arguments(input: input.base, rows: weights, header: header.base)
        arguments.conv.zero_point = 7
        arguments.conv.minimum = 2
        arguments.conv.maximum = 250
        arguments.conv.float_minimum = -3
        arguments.conv.float_maximum = 300
        let tasks = octet_gemv_schedule(&arguments, OCTET_CONV_U8_U8, Int32(test.threads))

        var sums: [Int32] = []
        for vector in 0..<test.vectors {
            for channel in 0..<test.channels {
                sums.append(
                    (0..<test.depth).reduce(bias.base[channel]) {
                        $0 + (Int32(input.base[vector * test.depth + $1]) - Int32(test.inputZero))
                            * Int32(weights[channel * test.depth + $1])
                    })
            }
        }
        let scaled = sums.enumerated().map { Float($1) * scale.base[$0 % test.channels] }
        let bytes = Buffer(repeating: UInt8(0), count: sums.count)
        arguments.conv.output = UnsafeMutableRawPointer(bytes.base)
        runTasks(unwrap(table.gemv_u8_u8), arguments, tasks)
        #expect(bytes.values == scaled.map { requantized($0, zeroPoint: 7, minimum: 2, maximum: 250) })
        #expect(bytes.guardsAreIntact)
        let reals = Buffer(repeating: Float(0), count: sums.count)
        arguments.conv.output = UnsafeMutableRawPointer(reals.base)
        runTasks(unwrap(table.gemv_u8_f32), arguments, tasks)
        let expected = scaled.enumerated().map { min(300, max(-3, $1 + floatBias.base[$0 % test.channels])) }
        #expect(same(reals.values, expected))
        #expect(reals.guardsAreIntact)
    }

    /// The bits of one chain of multiply-adds in ascending order, which packed weights give as well.
    @Test(arguments: InstructionSet.supported, Case.all)
    func addsFloatsInOrder(_ instructionSet: InstructionSet, _ test: Case) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(test.depth + test.channels)
        let input = Buffer(random.floats(test.vectors * test.depth))
        let values = random.floats(test.channels * test.depth)
        // Two bytes in front, so that no row is aligned.
        let rows = Buffer([UInt8](repeating: 0, count: 2) + values.withUnsafeBytes { Array($0) })
        let bias = Buffer(random.floats(test.channels))
        var packing = octet_conv_packing()
        packing.kind = OCTET_CONV_F32
        packing.bias = UnsafeRawPointer(bias.base)
        packing.channels = Int64(test.channels)
        packing.run_inner = Int64(test.depth)
        let header = Buffer(repeating: UInt8(0), count: octet_packed_gemv_size(OCTET_CONV_F32, packing.channels))
        octet_pack_gemv(&packing, header.base)
        var arguments = test.arguments(input: input.base, rows: rows.base + 2, header: header.base)
        arguments.conv.float_minimum = -20
        arguments.conv.float_maximum = .infinity
        let tasks = octet_gemv_schedule(&arguments, OCTET_CONV_F32, Int32(test.threads))
        let output = Buffer(repeating: Float(0), count: test.vectors * test.channels)
        arguments.conv.output = UnsafeMutableRawPointer(output.base)
        runTasks(unwrap(table.gemv_f32), arguments, tasks)
        var expected: [Float] = []
        for vector in 0..<test.vectors {
            for channel in 0..<test.channels {
                let sum = (0..<test.depth).reduce(bias.base[channel]) {
                    $0.addingProduct(input.base[vector * test.depth + $1], values[channel * test.depth + $1])
                }
                expected.append(max(-20, sum))
            }
        }
        #expect(same(output.values, expected))
        #expect(output.guardsAreIntact)
    }
}
