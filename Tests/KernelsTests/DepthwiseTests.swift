import CKernels
import Kernels
import Testing

@Suite struct DepthwiseTests {
    /// Depthwise cases: as many groups as channels, one input and one output channel each.
    static let cases: [ConvolutionCase] = {
        var cases: [ConvolutionCase] = []
        for channels in [1, 3, 4, 16, 17, 64, 100, 130] {
            cases.append(
                .init(
                    inputChannels: 1, outputChannels: 1, groups: channels, kernel: (3, 3), padding: 1, inputZero: 128,
                    outputZero: 3))
        }
        for width in 1...9 {
            cases.append(
                .init(
                    images: 2, height: 4, width: width, inputChannels: 1, outputChannels: 1, groups: 20, kernel: (3, 3),
                    padding: 1, minimum: 5, maximum: 250))
        }
        for channels in [8, 20, 24, 32, 58, 96, 144] {
            for stride in [1, 2] {
                cases.append(
                    .init(
                        images: 2, height: 11, width: 6, inputChannels: 1, outputChannels: 1, groups: channels,
                        kernel: (3, 3), stride: (stride, stride), padding: 1, inputZero: 7, outputZero: 128,
                        threads: stride))
            }
        }
        for (index, channels) in [1, 17, 32, 64, 100, 144].enumerated() {
            for side in [5, 7] {
                for stride in [1, 2] {
                    // Fewer rows and columns than a sweep holds at a time, and more.
                    cases.append(
                        .init(
                            images: 2, height: 2 * index + 1, width: 11 - 2 * index, inputChannels: 1,
                            outputChannels: 1, groups: channels, kernel: (side, side), stride: (stride, stride),
                            padding: side / 2, inputZero: 9, outputZero: 4, threads: stride))
                }
            }
        }
        cases += [
            .init(
                height: 30, width: 13, inputChannels: 1, outputChannels: 1, groups: 40, kernel: (5, 5), stride: (1, 2),
                padding: 2, threads: 2),
            .init(
                height: 9, width: 12, inputChannels: 1, outputChannels: 1, groups: 20, kernel: (7, 7),
                dilation: (1, 2), padding: 6),
            .init(
                height: 12, width: 9, inputChannels: 1, outputChannels: 1, groups: 20, kernel: (5, 5),
                dilation: (2, 1), padding: 4),
            .init(
                height: 9, width: 9, inputChannels: 1, outputChannels: 1, groups: 70, kernel: (5, 5), stride: (2, 2),
                padding: 2),
            .init(
                height: 9, width: 9, inputChannels: 1, outputChannels: 1, groups: 33, kernel: (3, 3), dilation: (2, 2),
                padding: 2),
            .init(
                height: 30, width: 30, inputChannels: 1, outputChannels: 1, groups: 40, kernel: (3, 3), stride: (1, 2),
                threads: 2),
            .init(inputChannels: 1, outputChannels: 1, groups: 65, kernel: (1, 1), inputZero: 255),
            .init(inputChannels: 1, outputChannels: 1, groups: 8, kernel: (1, 2), outputZero: 255),
        ]
        return cases
    }()

    @Test(arguments: InstructionSet.supported, cases)
    func int8(_ instructionSet: InstructionSet, _ test: ConvolutionCase) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(test.groups &* 77 &+ test.width)
        let input = Buffer(random.bytes(test.inputCount))
        let weights = Buffer(random.weights(test.weightCount))
        let bias = Buffer((0..<test.groups).map { _ in Int32.random(in: -9000...9000, using: &random) })
        let scale = Buffer((0..<test.groups).map { _ in Float.random(in: 0.0001...0.02, using: &random) })
        var expected = [UInt8](repeating: 0, count: test.outputCount)
        test.forEachOutput { output, channel, products in
            let sum = products.reduce(bias.base[channel]) {
                $0 + (Int32(input.base[$1.input]) - Int32(test.inputZero)) * Int32(weights.base[$1.weight])
            }
            expected[output] = requantized(
                Float(sum) * scale.base[channel], zeroPoint: test.outputZero, minimum: test.minimum,
                maximum: test.maximum)
        }
        var packing = packing(test, OCTET_CONV_U8_U8, weights.base)
        packing.bias = UnsafeRawPointer(bias.base)
        packing.scale = UnsafePointer(scale.base)
        for isBounded in [false, true] {
            let output = Buffer(repeating: UInt8(0), count: test.outputCount)
            run(test, table.depthwise_u8_u8, packing, input.base, output.base, table, isBounded: isBounded)
            #expect(output.guardsAreIntact)
            #expect(output.values == expected)
        }
    }

    @Test(arguments: InstructionSet.supported, cases)
    func float(_ instructionSet: InstructionSet, _ test: ConvolutionCase) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(test.groups &* 55 &+ test.width)
        let input = Buffer(random.floats(test.inputCount))
        let weights = Buffer(random.floats(test.weightCount))
        let bias = Buffer(random.floats(test.groups))
        var expected = [Float](repeating: 0, count: test.outputCount)
        test.forEachOutput { output, channel, products in
            expected[output] = products.reduce(bias.base[channel]) {
                $0.addingProduct(input.base[$1.input], weights.base[$1.weight])
            }
        }
        let output = Buffer(repeating: Float(0), count: test.outputCount)
        var packing = packing(test, OCTET_CONV_F32, weights.base)
        packing.bias = UnsafeRawPointer(bias.base)
        run(test, table.depthwise_f32, packing, input.base, output.base, table)
        #expect(output.guardsAreIntact)
        #expect(same(output.values, expected))
    }

    private func packing(_ test: ConvolutionCase, _ kind: octet_conv_kind, _ weights: UnsafeRawPointer)
        -> octet_conv_packing
    {
        var packing = octet_conv_packing()
        packing.kind = kind
        packing.weights = weights
        packing.channels = Int64(test.groups)
        packing.taps = Int64(test.taps)
        packing.channel_stride = Int64(test.taps)
        packing.tap_stride = 1
        packing.input_zero_point = Int32(test.inputZero)
        return packing
    }

    private func run(
        _ test: ConvolutionCase, _ kernel: octet_kernel?, _ packing: octet_conv_packing, _ input: UnsafeRawPointer,
        _ output: UnsafeMutableRawPointer, _ table: KernelTable, isBounded: Bool = false
    ) {
        let packed = PackedWeights.depthwise(packing, for: table)
        let offsets = Buffer(test.tapOffsets)
        let full = test.arguments(input: input, output: output, offsets: offsets.base, packed: packed)
        var arguments = octet_depthwise_args()
        arguments.input = full.input
        arguments.input_strides = full.input_strides
        arguments.tap_offsets = full.tap_offsets
        arguments.taps = Int64(test.taps)
        arguments.weights = full.weights
        arguments.output = full.output
        arguments.output_strides = full.output_strides
        arguments.images = full.images
        arguments.rows = full.rows
        arguments.columns = full.columns
        arguments.channels = Int64(test.groups)
        arguments.zero_point = full.zero_point
        arguments.minimum = full.minimum
        arguments.maximum = full.maximum
        arguments.bounded = isBounded ? 1 : 0
        arguments.float_minimum = -.infinity
        arguments.float_maximum = .infinity
        let tasks = octet_depthwise_schedule(&arguments, Int32(test.threads))
        runTasks(unwrap(kernel), arguments, tasks)
        withExtendedLifetime((packed, offsets)) {}
    }
}
