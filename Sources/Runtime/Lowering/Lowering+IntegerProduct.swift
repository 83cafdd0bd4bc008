internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    /// Products of uint8 data whose zero point is found at run time with constant int8 weights, and what turns their
    /// sums into reals.
    static let integerProducts: [Lowering] = [
        Lowering(IntegerMatrixMultiplication.self, .writing) { _, context, builder in
            try builder.lowerIntegerProduct(context)
        },
        Lowering(Cast.self, .writing) { op, context, builder in
            try op.to == .float32 && (builder.lowerSumsToReals(context) || builder.lowerBytesToReals(context))
        },
    ]
}

extension PlanBuilder {
    /// The sums without the data's zero point by the kernel, less the zero point times the sums of the columns.
    fileprivate mutating func lowerIntegerProduct(_ context: Lowering.Context) throws -> Bool {
        guard let input = context.node.input(0), let given = constant(context.node.input(1)), given.rank == 2,
            let weights = ShiftedWeights(given, axis: 1, zeroPoint: context.node.input(3).map { constant($0) })
        else { return false }
        var x = try view(of: input)
        guard x.elementType == .uint8, x.quantization == nil, x.rank >= 2 else { return false }
        let zeroPoint = try context.node.input(2).map { try view(of: $0) }
        if let zeroPoint, zeroPoint.count != 1 || zeroPoint.elementType != .uint8 { return false }
        guard weights.offsets.isEmpty || requests.parts[context.output] == nil else { return false }
        if !x.isDenseRowMajor { x = copied(x, order: .rowMajor) }
        let (depth, channels) = (given.shape[0], weights.codes.shape[1])
        let rows = x.count / max(depth, 1)
        let y: View
        if weights.offsets.isEmpty {
            y = try allocate(context.output, .rowMajor)
        } else {
            y = newBuffer(
                elementType: .int32, shape: x.shape.dropLast() + [channels], quantization: nil, order: .rowMajor)
            var result = y
            result.shape[y.rank - 1] = given.shape[1]
            setView(context.output, result)
        }
        guard y.isDenseRowMajor else { return false }
        var packing = octet_conv_packing()
        packing.kind = OCTET_CONV_U8_S32
        packing.panel_width = octet_conv_panel_width(
            kernels.pointer, OCTET_CONV_U8_S32, Int64(channels), Int64(depth))
        packing.groups = 1
        packing.channels = Int64(channels)
        packing.taps = 1
        packing.run_outer = 1
        packing.run_inner = Int64(depth)
        packing.channel_stride = 1
        packing.run_inner_stride = Int64(channels)
        let packed = packedView(
            weights.arithmetic, packing, "panels", byteCount: octet_packed_conv_size(&packing)
        ) { [kernels] packing, target in
            octet_pack_conv(kernels.pointer, &packing, target.baseAddress)
        }
        var args = octet_conv_args()
        args.input_strides = octet_strides(image: 0, row: 0, pixel: Int64(depth))
        args.taps = 1
        args.run = Int64(depth)
        args.output_strides = octet_strides(image: 0, row: 0, pixel: Int64(channels))
        args.images = 1
        args.rows = 1
        args.columns = Int64(rows)
        args.channels = Int64(channels)
        args.groups = 1
        args.panel_width = packing.panel_width
        let tasks = octet_conv_schedule(&args, OCTET_CONV_U8_S32, Int32(threads))
        emit(
            kernels.conv_u8_s32, "conv_u8_s32", args, tasks: tasks,
            [
                (\octet_conv_args.input, x), (\octet_conv_args.tap_offsets, constantTable([Int64(0)], .int64)),
                (\octet_conv_args.weights, packed), (\octet_conv_args.output, y),
            ], multiplyAccumulates: rows * depth * channels)
        var matrix = y
        matrix.shape = [rows, channels]
        matrix.strides = [channels, 1]
        emitShift(weights, zeroPoint: zeroPoint, of: matrix)
        return true
    }

    /// Truth values and unsigned bytes as floats, by a table.
    fileprivate mutating func lowerBytesToReals(_ context: Lowering.Context) throws -> Bool {
        guard let input = context.node.input(0) else { return false }
        let x = try view(of: input)
        guard x.elementType == .bool || x.elementType == .uint8, x.quantization == nil else { return false }
        let isBool = x.elementType == .bool
        let table = constantTable((0..<256).map { Float(isBool ? min($0, 1) : $0) }, .float32)
        let y = try allocate(context.output, x.physicalOrder)
        var args = octet_lookup_args()
        let nest = Nest([x, y], cost: 500, threads: threads)
        args.nest = nest.nest
        args.input.strides = nest.strides[0]
        args.output.strides = nest.strides[1]
        emit(
            kernels.lookup_u8_f32, "lookup_u8_f32", args, tasks: nest.tasks,
            [
                (\octet_lookup_args.table, table), (\octet_lookup_args.input.base, x),
                (\octet_lookup_args.output.base, y),
            ])
        return true
    }

    fileprivate mutating func lowerSumsToReals(_ context: Lowering.Context) throws -> Bool {
        guard let input = context.node.input(0) else { return false }
        let x = try view(of: input)
        guard x.elementType == .int32, x.quantization == nil else { return false }
        let y = try allocate(context.output, x.physicalOrder)
        var args = octet_quantize_args()
        args.scale = 1
        args.axis = -1
        let nest = Nest([x, y], cost: 200, threads: threads)
        args.nest = nest.nest
        args.input.strides = nest.strides[0]
        args.output.strides = nest.strides[1]
        emit(
            kernels.convert_s32_f32, "convert_s32_f32", args, tasks: nest.tasks,
            [(\octet_quantize_args.input.base, x), (\octet_quantize_args.output.base, y)])
        return true
    }
}
