import CKernels
import Kernels
import Testing

/// The kernels on bf16: float32 with 8 significant bits.
@Suite struct BFloat16Tests {
    /// Half a unit in the last place of float32 at 1.
    private static let unit = 0x1p-24

    /// Convolutions whose runs are of even length, as the kernels want.
    static let cases =
        ConvolutionCase.all.filter { $0.inputChannels * ($0.folded ? $0.kernel.columns : 1) % 2 == 0 } + [
            ConvolutionCase(height: 1, width: 1, inputChannels: 2000, outputChannels: 70, threads: 2),
            ConvolutionCase(
                height: 6, width: 6, inputChannels: 130, outputChannels: 33, kernel: (3, 3), padding: 1),
        ]

    /// The nearest number with 8 significant bits, of two the one whose last bit is 0; 0 below the normal numbers.
    private static func nearest(_ x: Float) -> Float {
        if x.isNaN || x.isInfinite { return x }
        if x.magnitude < .leastNormalMagnitude { return x.sign == .minus ? -0.0 : 0 }
        let step = Double(sign: .plus, exponent: Int(x.exponent) - 7, significand: 1)
        return Float((Double(x) / step).rounded(.toNearestOrEven) * step)
    }

    private static func narrowed(_ values: [Float], _ table: KernelTable, threads: Int = 1) -> Buffer<UInt16> {
        let input = Buffer(values)
        let output = Buffer(repeating: UInt16(0x7fc1), count: values.count)
        var args = octet_narrow_args()
        args.input = UnsafePointer(input.base)
        args.output = output.base
        args.count = Int64(values.count)
        let tasks = octet_narrow_schedule(&args, Int32(threads))
        runTasks(unwrap(table.narrow_f32_bf16), args, tasks)
        return output
    }

    private static func widened(_ code: UInt16) -> Float { Float(bitPattern: UInt32(code) << 16) }

    @Test(arguments: InstructionSet.supported, [0, 1, 15, 16, 17, 5000, 300_000])
    func rounding(_ instructionSet: InstructionSet, _ count: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(count)
        let specials: [Float] = [
            0, -0.0, 1, 0x1.01p0, 0x1.03p0, -0x1.01p0, -0x1.03p0, 0x1.010002p0, 0x1.00fffep0, .infinity, -.infinity,
            .nan, .leastNonzeroMagnitude, -0x1p-127, 0x1.fffffep-127, .leastNormalMagnitude, .greatestFiniteMagnitude,
            -.greatestFiniteMagnitude, Float(bitPattern: 0x7f80_0001), Float(bitPattern: 0xffff_ffff),
        ]
        let values = (0..<count).map { index in
            index < specials.count
                ? specials[index] : Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
        }
        let output = Self.narrowed(values, table, threads: 2)
        #expect(same(output.values.map(Self.widened), values.map(Self.nearest)))
        #expect(output.guardsAreIntact)
    }

    /// A sum of n products that starts from a bias is a chain of n fused multiply-adds, each of which rounds once, so it
    /// is within n · u / (1 − n · u) times the sum of the terms' magnitudes (Higham, Accuracy and Stability of Numerical
    /// Algorithms, 3.1). All instruction sets form the same chain.
    @Test(arguments: cases)
    func convolution(_ test: ConvolutionCase) throws {
        var random = Seeded(test.testDescription.utf8.reduce(2) { $0 &* 31 &+ Int($1) })
        let input = random.floats(test.inputCount)
        let weights = Buffer(random.floats(test.weightCount))
        let bias = Buffer(random.floats(test.allOutputs))
        let residual = Buffer(random.floats(test.outputCount))
        let (x, w) = (input.map(Self.nearest), weights.values.map(Self.nearest))
        var exact = [Double](repeating: 0, count: test.outputCount)
        var bound = exact
        test.forEachOutput { output, channel, products in
            let terms = [Double(bias.base[channel])] + products.map { Double(x[$0.input]) * Double(w[$0.weight]) }
            let n = Double(products.count)
            exact[output] = terms.reduce(0, +)
            bound[output] = n * Self.unit / (1 - n * Self.unit) * terms.reduce(0) { $0 + $1.magnitude }
        }
        var first: [[Float]]?
        for set in InstructionSet.supported {
            let table = try KernelTable(set)
            let found = Self.run(
                test, input: Self.narrowed(input, table), weights: weights, bias: bias, residual: residual, table)
            for (index, value) in found[0].enumerated() {
                #expect(abs(Double(value) - min(3, max(-3, exact[index]))) <= bound[index], "\(set), output \(index)")
            }
            #expect(same(found[1], zip(found[0], residual.values).map { max(0, $0 + $1) }), "\(set)")
            if let first { #expect(same(first[0], found[0]) && same(first[1], found[1]), "\(set)") }
            first = first ?? found
        }
    }

    /// The result without and with the residual.
    private static func run(
        _ test: ConvolutionCase, input: Buffer<UInt16>, weights: Buffer<Float>, bias: Buffer<Float>,
        residual: Buffer<Float>, _ table: KernelTable
    ) -> [[Float]] {
        var results: [[Float]] = []
        let offsets = Buffer(test.tapOffsets)
        for width in ConvolutionTests.widths(table.max_panel_width_f32) {
            var packing = test.packing(OCTET_CONV_BF16, weights: weights.base, panelWidth: width)
            packing.bias = UnsafeRawPointer(bias.base)
            let packed = PackedWeights.convolution(packing, for: table)
            for (kernel, adds) in [(table.conv_bf16, false), (table.conv_bf16_add, true)] {
                let output = Buffer(repeating: Float(0), count: test.outputCount)
                var arguments = test.arguments(
                    input: input.base, output: output.base, offsets: offsets.base, packed: packed)
                arguments.float_minimum = -3
                arguments.float_maximum = 3
                if adds {
                    arguments.residual = UnsafeRawPointer(residual.base)
                    arguments.residual_strides = arguments.output_strides
                    arguments.sum_float_minimum = 0
                    arguments.sum_float_maximum = .infinity
                }
                let tasks = octet_conv_schedule(&arguments, OCTET_CONV_BF16, Int32(test.threads))
                for outside in [Int32(0), 1] {
                    arguments.panels_outside = outside
                    runTasks(unwrap(kernel), arguments, tasks)
                }
                #expect(output.guardsAreIntact)
                results.append(output.values)
            }
        }
        // Panels of every width give the same.
        for (index, result) in results.enumerated() { #expect(same(result, results[index % 2])) }
        return Array(results.prefix(2))
    }

    /// What is not finite spreads to the outputs that read it, and to no other.
    @Test(arguments: InstructionSet.supported, [Float.nan, .infinity])
    func specialsStayInTheirPixels(_ instructionSet: InstructionSet, _ special: Float) throws {
        let table = try KernelTable(instructionSet)
        let test = ConvolutionCase(height: 1, width: 40, inputChannels: 6, outputChannels: 20)
        var random = Seeded(3)
        var values = random.floats(test.inputCount, in: 0.5...1)
        values[17 * 6 + 5] = special
        let weights = Buffer(random.floats(test.weightCount, in: 0.5...1))
        let bias = Buffer(random.floats(test.allOutputs))
        let found = Self.run(
            test, input: Self.narrowed(values, table), weights: weights, bias: bias,
            residual: Buffer(repeating: 0, count: test.outputCount), table)[1]
        for (index, value) in found.enumerated() {
            let isReader = index / 20 == 17
            #expect(value.isFinite != isReader || (isReader && special == .infinity && value == 3))
        }
    }

    /// Weights take half the bytes; the biases stay in float32.
    @Test(arguments: InstructionSet.supported)
    func packedWeightsAreHalfTheSize(_ instructionSet: InstructionSet) throws {
        let table = try KernelTable(instructionSet)
        for test in Self.cases {
            let weights = Buffer(repeating: Float(0), count: test.weightCount)
            let sizes = [OCTET_CONV_F32, OCTET_CONV_BF16].map { kind in
                PackedWeights.convolution(test.packing(kind, weights: weights.base, panelWidth: 0), for: table)
                    .bytes.count
            }
            let columns = (test.outputChannels + 15) / 16 * 16 * test.groups
            #expect(sizes[0] - 4 * columns == 2 * (sizes[1] - 4 * columns))
        }
    }
}
