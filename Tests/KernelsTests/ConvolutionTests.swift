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
        func expectedBytes() -> [UInt8] {
            zip(sums, channels).map { sum, channel in
                requantized(
                    Float(sum) * scale.base[Int(channel)], zeroPoint: test.outputZero, minimum: test.minimum,
                    maximum: test.maximum)
            }
        }
        let floats = zip(sums, channels).map { sum, channel in
            Float(sum) * scale.base[Int(channel)] + floatBias.base[Int(channel)]
        }
        let offsets = Buffer(test.tapOffsets)
        for width in Self.widths(table.max_panel_width_u8) {
            func run<Output: BitwiseCopyable & Equatable>(
                _ kind: octet_conv_kind, _ kernel: octet_kernel?, _ empty: Output, isBounded: Bool = false
            ) -> [Output] {
                var packing = test.packing(kind, weights: weights.base, panelWidth: width)
                packing.bias = UnsafeRawPointer(bias.base)
                packing.scale = UnsafePointer(scale.base)
                packing.float_bias = UnsafePointer(floatBias.base)
                let packed = PackedWeights.convolution(packing, for: table)
                let output = Buffer(repeating: empty, count: test.outputCount)
                var arguments = test.arguments(
                    input: input.base, output: output.base, offsets: offsets.base, packed: packed)
                arguments.bounded = isBounded ? 1 : 0
                for outside in [Int32(0), 1] {
                    let tasks = octet_conv_schedule(&arguments, kind, Int32(test.threads))
                    arguments.panels_outside = outside
                    runTasks(unwrap(kernel), arguments, tasks)
                }
                #expect(output.guardsAreIntact)
                return output.values
            }
            #expect(run(OCTET_CONV_U8_S32, table.conv_u8_s32, Int32(0)) == sums)
            #expect(run(OCTET_CONV_U8_U8, table.conv_u8_u8, UInt8(0)) == expectedBytes())
            scale.base[0] = 0.5
            #expect(run(OCTET_CONV_U8_U8, table.conv_u8_u8, UInt8(0), isBounded: true) == expectedBytes())
            scale.base[0] = 40_000
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
            arguments.residual = UnsafeRawPointer(residual.base)
            arguments.residual_strides = arguments.output_strides
            arguments.sum_ratio = ownScale / sumScale
            arguments.residual_ratio = residualScale / sumScale
            arguments.sum_constant =
                20 - (arguments.sum_ratio * Float(test.outputZero) + arguments.residual_ratio * 128)
            arguments.sum_minimum = 4
            arguments.sum_maximum = 250
            for residualFirst in [false, true] {
                arguments.residual_first = residualFirst ? 1 : 0
                arguments.bounded = residualFirst ? 1 : 0
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
        let residual = Buffer(random.floats(test.outputCount))
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
            arguments.residual = UnsafeRawPointer(residual.base)
            arguments.residual_strides = arguments.output_strides
            arguments.sum_float_minimum = 0
            arguments.sum_float_maximum = 2.5
            runTasks(unwrap(table.conv_f32_add), arguments, tasks)
            #expect(output.guardsAreIntact)
            #expect(same(output.values, zip(expected, residual.values).map { min(2.5, max(0, $0 + $1)) }))
        }
    }
}
