import CKernels
import Kernels
import Testing

@Suite struct MatrixProductTests {
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

    /// The same on bytes, with every kind of zero point on both sides.
    @Test(arguments: InstructionSet.supported, [0, 1, 128, 200, 255])
    func dynamicInt8MatrixProduct(_ instructionSet: InstructionSet, _ zeroPoint: Int) throws {
        let table = try KernelTable(instructionSet)
        let (images, groups, m, k, n) = (2, 2, 5, 19, 70)
        var random = Seeded(zeroPoint)
        let a = Buffer(random.bytes(images * groups * m * k))
        let b = Buffer(random.bytes(images * groups * k * n))
        let planes = octet_pack_planes(Int32(zeroPoint))
        let offsets = Buffer([Int64](repeating: 0, count: Int(planes)))
        let inputZero = 7
        let scale: Float = 0.0013
        for width in ConvolutionTests.widths(table.max_panel_width_u8) {
            let panels = (n + width - 1) / width
            var packing = octet_conv_packing()
            packing.kind = OCTET_CONV_U8_U8
            packing.panel_width = Int32(width)
            packing.groups = Int64(groups)
            packing.channels = Int64(n)
            packing.taps = Int64(planes)
            packing.run_outer = 1
            packing.run_inner = Int64(k)
            let bytes = octet_packed_conv_size(&packing)
            let scratch = Buffer(repeating: UInt8(1), count: images * bytes)
            var pack = octet_pack_u8_args()
            pack.input = UnsafePointer(b.base)
            pack.image_stride = Int64(groups * k * n)
            pack.group_stride = Int64(k * n)
            pack.row_stride = Int64(n)
            pack.column_stride = 1
            pack.images = Int64(images)
            pack.groups = Int64(groups)
            pack.rows = Int64(k)
            pack.columns = Int64(n)
            pack.output = UnsafeMutableRawPointer(scratch.base)
            pack.panel_width = Int32(width)
            pack.kind = OCTET_CONV_U8_U8
            pack.zero_point = Int32(zeroPoint)
            pack.input_zero_point = Int32(inputZero)
            pack.scale = scale
            runTasks(unwrap(table.pack_u8), pack, images * groups * panels)
            #expect(scratch.guardsAreIntact)
            let output = Buffer(repeating: UInt8(0), count: images * groups * m * n)
            var arguments = octet_conv_args()
            arguments.input = UnsafeRawPointer(a.base)
            arguments.input_strides = octet_strides(image: Int64(groups * m * k), row: 0, pixel: Int64(k))
            arguments.input_group_stride = Int64(m * k)
            arguments.tap_offsets = UnsafePointer(offsets.base)
            arguments.taps = Int64(planes)
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
            arguments.panel_width = Int32(width)
            arguments.zero_point = 120
            arguments.maximum = 255
            let tasks = octet_conv_schedule(&arguments, OCTET_CONV_U8_U8, 1)
            runTasks(unwrap(table.conv_u8_u8), arguments, tasks)
            var expected: [UInt8] = []
            for matrix in 0..<images * groups {
                for row in 0..<m {
                    for column in 0..<n {
                        let sum = (0..<k).reduce(0) { sum, i in
                            let left = Int(a.base[(matrix * m + row) * k + i]) - inputZero
                            let right = Int(b.base[matrix * k * n + i * n + column]) - zeroPoint
                            return sum + left * right
                        }
                        expected.append(requantized(Float(sum) * scale, zeroPoint: 120, minimum: 0, maximum: 255))
                    }
                }
            }
            #expect(output.values == expected)
            #expect(output.guardsAreIntact)
        }
    }
}
