import CKernels
import Kernels
import Testing

@Suite struct ConvolutionTests {
    /// The panel widths that the kernels of a table offer.
    static func widths(_ widest: Int32) -> [Int] { [16, 32, 64].filter { $0 <= Int(widest) } }

    @Test(arguments: InstructionSet.supported, ConvolutionCase.all)
    func int8(_ instructionSet: InstructionSet, _ test: ConvolutionCase) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(test.testDescription.utf8.reduce(0) { $0 &* 31 &+ Int($1) })
        let input = Buffer(random.bytes(test.inputCount))
        let weights = Buffer(random.weights(test.weightCount))
        let bias = Buffer((0..<test.allOutputs).map { _ in Int32.random(in: -9000...9000, using: &random) })
        let scale = Buffer((0..<test.allOutputs).map { _ in Float.random(in: 0.0001...0.01, using: &random) })
        scale.base[0] = 40_000
        let floatBias = Buffer(random.floats(test.allOutputs))
        var sums = [Int32](repeating: 0, count: test.outputCount)
        var channels = sums
        test.forEachOutput { output, channel, products in
            sums[output] = products.reduce(bias.base[channel]) {
                $0 + (Int32(input.base[$1.input]) - Int32(test.inputZero)) * Int32(weights.base[$1.weight])
            }
            channels[output] = Int32(channel)
        }
        let bytes = zip(sums, channels).map { sum, channel in
            requantized(
                Float(sum) * scale.base[Int(channel)], zeroPoint: test.outputZero, minimum: test.minimum,
                maximum: test.maximum)
        }
        let floats = zip(sums, channels).map { sum, channel in
            Float(sum) * scale.base[Int(channel)] + floatBias.base[Int(channel)]
        }
        let offsets = Buffer(test.tapOffsets)
        for width in Self.widths(table.max_panel_width_u8) {
            func run<Output: BitwiseCopyable & Equatable>(
                _ kind: octet_conv_kind, _ kernel: octet_kernel?, _ empty: Output
            ) -> [Output] {
                var packing = test.packing(kind, weights: weights.base, panelWidth: width)
                packing.bias = UnsafeRawPointer(bias.base)
                packing.scale = UnsafePointer(scale.base)
                packing.float_bias = UnsafePointer(floatBias.base)
                let packed = PackedWeights.convolution(packing, for: table)
                let output = Buffer(repeating: empty, count: test.outputCount)
                var arguments = test.arguments(
                    input: input.base, output: output.base, offsets: offsets.base, packed: packed)
                for outside in [Int32(0), 1] {
                    let tasks = octet_conv_schedule(&arguments, kind, Int32(test.threads))
                    arguments.panels_outside = outside
                    runTasks(unwrap(kernel), arguments, tasks)
                }
                #expect(output.guardsAreIntact)
                return output.values
            }
            #expect(run(OCTET_CONV_U8_S32, table.conv_u8_s32, Int32(0)) == sums)
            #expect(run(OCTET_CONV_U8_U8, table.conv_u8_u8, UInt8(0)) == bytes)
            #expect(same(run(OCTET_CONV_U8_F32, table.conv_u8_f32, Float(0)), floats))
        }
    }

    /// The convolution with the quantized addition in its epilogue equals the two kernels one after the other.
    @Test(arguments: InstructionSet.supported, ConvolutionCase.all)
    func fusedAddition(_ instructionSet: InstructionSet, _ test: ConvolutionCase) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(test.inputCount)
        let input = Buffer(random.bytes(test.inputCount))
        let weights = Buffer(random.weights(test.weightCount))
        let scale = Buffer((0..<test.allOutputs).map { _ in Float.random(in: 0.0001...0.01, using: &random) })
        let residual = Buffer(random.bytes(test.outputCount))
        let offsets = Buffer(test.tapOffsets)
        let intermediate = Buffer(repeating: UInt8(0), count: test.outputCount)
        let output = Buffer(repeating: UInt8(0), count: test.outputCount)
        let (ownScale, residualScale, sumScale): (Float, Float, Float) = (0.031, 0.0173, 0.045)
        for width in Self.widths(table.max_panel_width_u8) {
            var packing = test.packing(OCTET_CONV_U8_U8, weights: weights.base, panelWidth: width)
            packing.scale = UnsafePointer(scale.base)
            let packed = PackedWeights.convolution(packing, for: table)
            var arguments = test.arguments(
                input: input.base, output: intermediate.base, offsets: offsets.base, packed: packed)
            let tasks = octet_conv_schedule(&arguments, OCTET_CONV_U8_U8, Int32(test.threads))
            runTasks(unwrap(table.conv_u8_u8), arguments, tasks)
            arguments.output = UnsafeMutableRawPointer(output.base)
            arguments.residual = UnsafePointer(residual.base)
            arguments.residual_strides = arguments.output_strides
            arguments.sum_ratio = ownScale / sumScale
            arguments.residual_ratio = residualScale / sumScale
            arguments.sum_constant =
                20 - (arguments.sum_ratio * Float(test.outputZero) + arguments.residual_ratio * 128)
            arguments.sum_minimum = 4
            arguments.sum_maximum = 250
            for residualFirst in [false, true] {
                arguments.residual_first = residualFirst ? 1 : 0
                runTasks(unwrap(table.conv_u8_u8_add), arguments, tasks)
                let expected = zip(intermediate.values, residual.values).map { q, r -> UInt8 in
                    let own = (Float(q), arguments.sum_ratio)
                    let other = (Float(r), arguments.residual_ratio)
                    let (outer, inner) = residualFirst ? (other, own) : (own, other)
                    let sum = arguments.sum_constant.addingProduct(inner.0, inner.1).addingProduct(outer.0, outer.1)
                    return requantized(sum, zeroPoint: 0, minimum: 4, maximum: 250)
                }
                #expect(output.values == expected)
                #expect(output.guardsAreIntact)
            }
        }
    }

    @Test(arguments: InstructionSet.supported, ConvolutionCase.all)
    func float(_ instructionSet: InstructionSet, _ test: ConvolutionCase) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(test.testDescription.utf8.reduce(1) { $0 &* 31 &+ Int($1) })
        let input = Buffer(random.floats(test.inputCount))
        let weights = Buffer(random.floats(test.weightCount))
        let bias = Buffer(random.floats(test.allOutputs))
        let offsets = Buffer(test.tapOffsets)
        var expected = [Float](repeating: 0, count: test.outputCount)
        test.forEachOutput { output, channel, products in
            let sum = products.reduce(bias.base[channel]) {
                $0.addingProduct(input.base[$1.input], weights.base[$1.weight])
            }
            expected[output] = min(3, max(-3, sum))
        }
        for width in Self.widths(table.max_panel_width_f32) {
            var packing = test.packing(OCTET_CONV_F32, weights: weights.base, panelWidth: width)
            packing.bias = UnsafeRawPointer(bias.base)
            let packed = PackedWeights.convolution(packing, for: table)
            let output = Buffer(repeating: Float(0), count: test.outputCount)
            var arguments = test.arguments(
                input: input.base, output: output.base, offsets: offsets.base, packed: packed)
            arguments.float_minimum = -3
            arguments.float_maximum = 3
            let tasks = octet_conv_schedule(&arguments, OCTET_CONV_F32, Int32(test.threads))
            runTasks(unwrap(table.conv_f32), arguments, tasks)
            #expect(output.guardsAreIntact)
            #expect(same(output.values, expected))
        }
    }

    /// A batch of matrix products whose right-hand sides are packed by a kernel: images x groups matrices.
    @Test(arguments: InstructionSet.supported, [false, true])
    func dynamicMatrixProduct(_ instructionSet: InstructionSet, _ transposed: Bool) throws {
        let table = try KernelTable(instructionSet)
        let (images, groups, m, k, n) = (2, 3, 5, 19, 37)
        var random = Seeded(7)
        let a = Buffer(random.floats(images * groups * m * k))
        let b = Buffer(random.floats(images * groups * k * n))
        let width = table.max_panel_width_f32
        let panels = (n + Int(width) - 1) / Int(width)
        var packing = octet_conv_packing()
        packing.kind = OCTET_CONV_F32
        packing.panel_width = width
        packing.groups = Int64(groups)
        packing.channels = Int64(n)
        packing.taps = 1
        packing.run_outer = 1
        packing.run_inner = Int64(k)
        let bytes = octet_packed_conv_size(&packing)
        let scratch = Buffer(repeating: Float.nan, count: images * bytes / 4)
        var pack = octet_pack_args()
        pack.input = UnsafePointer(b.base)
        pack.image_stride = Int64(groups * k * n)
        pack.group_stride = Int64(k * n)
        pack.row_stride = Int64(transposed ? 1 : n)
        pack.column_stride = Int64(transposed ? k : 1)
        pack.images = Int64(images)
        pack.groups = Int64(groups)
        pack.rows = Int64(k)
        pack.columns = Int64(n)
        pack.output = UnsafeMutableRawPointer(scratch.base)
        pack.panel_width = width
        runTasks(unwrap(table.pack_f32), pack, images * groups * panels)
        #expect(scratch.guardsAreIntact)
        let output = Buffer(repeating: Float(0), count: images * groups * m * n)
        let zero = Buffer([Int64(0)])
        var arguments = octet_conv_args()
        arguments.input = UnsafeRawPointer(a.base)
        arguments.input_strides = octet_strides(image: Int64(groups * m * k), row: 0, pixel: Int64(k))
        arguments.input_group_stride = Int64(m * k)
        arguments.tap_offsets = UnsafePointer(zero.base)
        arguments.taps = 1
        arguments.run = Int64(k)
        arguments.weights = UnsafeRawPointer(scratch.base)
        arguments.weights_image_stride = Int64(bytes)
        arguments.output = UnsafeMutableRawPointer(output.base)
        arguments.output_strides = octet_strides(image: Int64(groups * m * n), row: 0, pixel: Int64(n))
        arguments.output_group_stride = Int64(m * n)
        arguments.images = Int64(images)
        arguments.rows = 1
        arguments.columns = Int64(m)
        arguments.channels = Int64(n)
        arguments.groups = Int64(groups)
        arguments.panel_width = width
        arguments.float_minimum = -.infinity
        arguments.float_maximum = .infinity
        let tasks = octet_conv_schedule(&arguments, OCTET_CONV_F32, 1)
        runTasks(unwrap(table.conv_f32), arguments, tasks)
        var expected: [Float] = []
        for matrix in 0..<images * groups {
            for row in 0..<m {
                for column in 0..<n {
                    expected.append(
                        (0..<k).reduce(Float(0)) { sum, i in
                            let right = transposed ? column * k + i : i * n + column
                            return sum.addingProduct(a.base[(matrix * m + row) * k + i], b.base[matrix * k * n + right])
                        })
                }
            }
        }
        #expect(same(output.values, expected))
    }
}
