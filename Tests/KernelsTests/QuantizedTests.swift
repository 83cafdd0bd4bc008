import CKernels
import Kernels
import Testing

@Suite struct QuantizedTests {
    static let lengths = [1, 2, 15, 16, 17, 63, 64, 65, 300]

    @Test(arguments: InstructionSet.supported, lengths)
    func addition(_ instructionSet: InstructionSet, _ length: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(length)
        for (zero, broadcast) in [((0, 0, 0), 1), ((128, 255, 3), 1), ((7, 128, 255), 0)] {
            let a = Buffer(random.bytes(3 * length))
            let b = Buffer(random.bytes(3 * length))
            let output = Buffer(repeating: UInt8(0), count: 3 * length)
            let (aScale, bScale, scale): (Float, Float, Float) = (0.031, 0.0173, 0.045)
            let ra = aScale / scale
            let rb = bScale / scale
            let k = Float(zero.2) - (rb * Float(zero.1)).addingProduct(ra, Float(zero.0))
            let expected = (0..<3 * length).map { i -> UInt8 in
                let right = b.base[broadcast == 1 ? i : i / length * length]
                let inner = k.addingProduct(Float(right), rb)
                return requantized(inner.addingProduct(Float(a.base[i]), ra), zeroPoint: 0, minimum: 2, maximum: 251)
            }
            var args = octet_qbinary_args(
                nest: octet_nest([3, length]), a: octet_source(a.base, strides: [length, 1]),
                b: octet_source(b.base, strides: [length, broadcast]),
                output: octet_target(output.base, strides: [length, 1]), a_scale: aScale, b_scale: bScale, scale: scale,
                a_zero: Int32(zero.0), b_zero: Int32(zero.1), zero_point: Int32(zero.2), minimum: 2, maximum: 251,
                carrier_offset: 0)
            let tasks = octet_nest_schedule(&args.nest, 100, 1)
            runTasks(unwrap(table.qadd_u8), args, tasks)
            #expect(output.values == expected)
            #expect(output.guardsAreIntact)
        }
    }

    /// Which of a product's operands is the same for many elements.
    enum Factors: CaseIterable {
        case none
        /// One a channel, as in squeeze-and-excite.
        case channel
        case pixel
        case number
    }

    @Test(arguments: InstructionSet.supported, lengths + [40, 144])
    func multiplication(_ instructionSet: InstructionSet, _ channels: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(channels)
        let (pixels, lines) = (9, 2)
        let count = lines * pixels * channels
        let a = Buffer(random.bytes(count))
        let b = Buffer(random.bytes(count))
        let (aScale, bScale, scale): (Float, Float, Float) = (0.05, 0.0039, 0.031)
        for factors in Factors.allCases {
            let (row, element) =
                switch factors {
                case .none: (channels, 1)
                case .channel: (0, 1)
                case .pixel: (1, 0)
                case .number: (0, 0)
                }
            let line = factors == .none ? pixels * channels : channels
            let expected = (0..<count).map { i -> UInt8 in
                let left = Float(Int(a.base[i]) - 128) * aScale
                let place = i / (pixels * channels) * line + i / channels % pixels * row + i % channels * element
                let right = Float(Int(b.base[place]) - 7) * bScale
                return requantized(left * right / scale, zeroPoint: 120, minimum: 3, maximum: 250)
            }
            let whole = octet_source(a.base, strides: [pixels * channels, channels, 1])
            let part = octet_source(b.base, strides: [line, row, element])
            for isSecond in [true, false] {
                let output = Buffer(repeating: UInt8(0), count: count)
                var args = octet_qbinary_args(
                    nest: octet_nest([lines, pixels, channels]), a: isSecond ? whole : part,
                    b: isSecond ? part : whole,
                    output: octet_target(output.base, strides: [pixels * channels, channels, 1]),
                    a_scale: isSecond ? aScale : bScale, b_scale: isSecond ? bScale : aScale, scale: scale,
                    a_zero: isSecond ? 128 : 7, b_zero: isSecond ? 7 : 128, zero_point: 120, minimum: 3, maximum: 250,
                    carrier_offset: 0)
                let tasks = octet_nest_schedule(&args.nest, 100, 1)
                runTasks(unwrap(table.qmul_u8), args, tasks)
                #expect(output.values == expected, "\(factors)")
                #expect(output.guardsAreIntact)
            }
        }
    }

    @Test(arguments: InstructionSet.supported, lengths)
    func lookup(_ instructionSet: InstructionSet, _ length: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(length)
        let bytes = Buffer(random.bytes(256))
        let floats = Buffer(random.floats(256))
        let input = Buffer((0..<2 * length).map { _ in UInt8.random(in: 0...255, using: &random) })
        for stride in [1, 2] {
            let output = Buffer(repeating: UInt8(0), count: length)
            let real = Buffer(repeating: Float(0), count: length)
            var args = octet_lookup_args(
                nest: octet_nest([length]), input: octet_source(input.base, strides: [stride]),
                output: octet_target(output.base, strides: [1]), table: UnsafeRawPointer(bytes.base))
            let tasks = octet_nest_schedule(&args.nest, 100, 1)
            runTasks(unwrap(table.lookup_u8_u8), args, tasks)
            args.output = octet_target(real.base, strides: [1])
            args.table = UnsafeRawPointer(floats.base)
            runTasks(unwrap(table.lookup_u8_f32), args, tasks)
            let indices = (0..<length).map { Int(input.base[$0 * stride]) }
            #expect(output.values == indices.map { bytes.base[$0] })
            #expect(real.values == indices.map { floats.base[$0] })
            #expect(output.guardsAreIntact && real.guardsAreIntact)
        }
    }

    @Test(arguments: InstructionSet.supported, lengths)
    func quantize(_ instructionSet: InstructionSet, _ length: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(length)
        var values = random.floats(length, in: -9...9)
        for (index, special) in [0.5, 1.5, 2.5, .nan, .infinity, -.infinity, 1e38, -1e38, -0.5].enumerated() {
            values[index % length] = Float(special)
        }
        for (scale, zero) in [(Float(1), 1), (0.07, 128), (1e-20, 0), (0.3, 255)] {
            let input = Buffer(values)
            let output = Buffer(repeating: UInt8(0), count: length)
            var args = octet_quantize_args()
            args.nest = octet_nest([length])
            args.input = octet_source(input.base, strides: [1])
            args.output = octet_target(output.base, strides: [1])
            args.scale = scale
            args.zero_point = Int32(zero)
            args.maximum = 255
            let tasks = octet_nest_schedule(&args.nest, 100, 1)
            runTasks(unwrap(table.quantize_f32_u8), args, tasks)
            #expect(
                output.values
                    == values.map {
                        $0.isNaN ? 255 : requantized($0 / scale, zeroPoint: zero, minimum: 0, maximum: 255)
                    })
            #expect(output.guardsAreIntact)
        }
    }

    /// The rounded quotient is that of a division also where it is next to a half.
    @Test(arguments: InstructionSet.supported, [-140, -70, -61, -59, -9, -6, 0, 3, 59, 61, 120])
    func quotients(_ instructionSet: InstructionSet, _ exponent: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(exponent)
        for _ in 0..<20 {
            let scale = Float(sign: .plus, exponent: exponent, significand: .random(in: 1..<2, using: &random))
            let values = (0..<2048).map { index -> Float in
                let half = (Float(index / 8 - 128) + 0.5) * scale
                return Float(bitPattern: half.bitPattern &+ UInt32(index % 8) &- 3)
            }
            let input = Buffer(values)
            let output = Buffer(repeating: UInt8(0), count: values.count)
            var args = octet_quantize_args()
            args.nest = octet_nest([values.count])
            args.input = octet_source(input.base, strides: [1])
            args.output = octet_target(output.base, strides: [1])
            args.scale = scale
            args.zero_point = 128
            args.maximum = 255
            let tasks = octet_nest_schedule(&args.nest, 100, 1)
            runTasks(unwrap(table.quantize_f32_u8), args, tasks)
            #expect(output.values == values.map { requantized($0 / scale, zeroPoint: 128, minimum: 0, maximum: 255) })
        }
    }

    /// Planes become pixels with a border between their rows.
    @Test(arguments: InstructionSet.supported, [(1, 5), (2, 16), (3, 33), (4, 18), (3, 1)])
    func planes(_ instructionSet: InstructionSet, _ size: (channels: Int, columns: Int)) throws {
        let table = try KernelTable(instructionSet)
        let (channels, columns) = size
        let (images, rows, border) = (2, 3, 2)
        var random = Seeded(channels)
        let input = Buffer(random.floats(images * channels * rows * columns, in: -9...9))
        let outputRow = (columns + border) * channels
        let output = Buffer(repeating: UInt8(77), count: images * rows * outputRow)
        var args = octet_planes_args()
        args.input = UnsafePointer(input.base)
        args.input_image = Int64(channels * rows * columns)
        args.input_channel = Int64(rows * columns)
        args.input_row = Int64(columns)
        args.output = output.base
        args.output_image = Int64(rows * outputRow)
        args.output_row = Int64(outputRow)
        args.images = Int64(images)
        args.channels = Int64(channels)
        args.rows = Int64(rows)
        args.columns = Int64(columns)
        args.scale = 0.07
        args.zero_point = 114
        args.rows_per_task = 4
        runTasks(unwrap(table.quantize_planes_u8), args, 2)
        var expected = [UInt8](repeating: 77, count: output.values.count)
        for image in 0..<images {
            for channel in 0..<channels {
                for row in 0..<rows {
                    for column in 0..<columns {
                        let value = input.base[((image * channels + channel) * rows + row) * columns + column]
                        expected[(image * rows + row) * outputRow + column * channels + channel] = requantized(
                            value / 0.07, zeroPoint: 114, minimum: 0, maximum: 255)
                    }
                }
            }
        }
        #expect(output.values == expected)
        #expect(output.guardsAreIntact)
    }

    /// Per-channel parameters along an outer dimension and along the run, with strided outputs.
    @Test(arguments: InstructionSet.supported, [0, 1])
    func perAxis(_ instructionSet: InstructionSet, _ axis: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(axis)
        let (rows, columns) = (5, 37)
        let channels = axis == 0 ? rows : columns
        let scales = Buffer(random.floats(channels, in: 0.1...0.9))
        let zeros = Buffer((0..<channels).map { _ in Int32.random(in: 0...255, using: &random) })
        let input = Buffer(random.floats(rows * columns, in: -90...90))
        let bytes = Buffer(repeating: UInt8(0), count: rows * columns)
        let integers = Buffer((0..<rows * columns).map { _ in Int32(truncatingIfNeeded: random.next()) })
        let floats = Buffer(repeating: Float(0), count: rows * columns)
        var args = octet_quantize_args()
        args.nest = octet_nest([rows, columns])
        args.input = octet_source(input.base, strides: [columns, 1])
        args.output = octet_target(bytes.base, strides: [1, rows])
        args.maximum = 255
        args.axis = OCTET_RANK - 2 + Int32(axis)
        args.scales = UnsafePointer(scales.base)
        args.zero_points = UnsafePointer(zeros.base)
        let tasks = octet_nest_schedule(&args.nest, 100, 1)
        func channel(_ i: Int) -> Int { axis == 0 ? i / columns : i % columns }
        runTasks(unwrap(table.quantize_f32_u8), args, tasks)
        for i in 0..<rows * columns {
            let expected = requantized(
                input.base[i] / scales.base[channel(i)], zeroPoint: Int(zeros.base[channel(i)]), minimum: 0,
                maximum: 255)
            #expect(bytes.base[i % columns * rows + i / columns] == expected)
        }
        args.input = octet_source(bytes.base, strides: [1, rows])
        args.output = octet_target(floats.base, strides: [1, rows])
        runTasks(unwrap(table.dequantize_u8_f32), args, tasks)
        for i in 0..<rows * columns {
            let at = i % columns * rows + i / columns
            #expect(floats.base[at] == Float(Int32(bytes.base[at]) - zeros.base[channel(i)]) * scales.base[channel(i)])
        }
        args.input = octet_source(integers.base, strides: [columns, 1])
        args.output = octet_target(floats.base, strides: [columns, 1])
        runTasks(unwrap(table.convert_s32_f32), args, tasks)
        let expected = (0..<rows * columns).map { i in
            Float(integers.base[i] &- zeros.base[channel(i)]) * scales.base[channel(i)]
        }
        #expect(same(floats.values, expected))
        #expect(floats.guardsAreIntact && bytes.guardsAreIntact)
    }
}
