internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    static let quantize = Lowering(Quantize.self, .writing) { _, context, builder in
        guard let input = context.node.input(0) else { return false }
        let x = try builder.view(of: input)
        let type = try builder.type(of: context.output)
        guard x.isFloat, let parameters = type.quantization, parameters.isPerTensor,
            type.elementType == .uint8 || type.elementType == .int8
        else { return false }
        if builder.requests.halos[context.output] != nil, x.isDenseRowMajor, x.rank == 4, x.shape[1] <= 4 {
            let y = try builder.allocate(context.output, .channelsLast)
            if y.isQuantized, y.strides[1] == 1, y.strides[3] == y.shape[1] {
                builder.emitQuantizePlanes(x, to: y)
            } else {
                builder.emitQuantize(x, to: y)
            }
            return true
        }
        let y = try builder.allocate(context.output, x.physicalOrder)
        builder.emitQuantize(x, to: y)
        return true
    }

    static let dequantize = Lowering(Dequantize.self, .writing) { _, context, builder in
        guard let input = context.node.input(0) else { return false }
        let x = try builder.view(of: input)
        guard x.isQuantized else { return false }
        let y = try builder.allocate(context.output, x.physicalOrder)
        var args = octet_quantize_args()
        args.scale = x.scale
        args.zero_point = x.carrierZeroPoint
        args.axis = -1
        let nest = Nest([x, y], cost: 200, threads: builder.threads)
        args.nest = nest.nest
        args.input.strides = nest.strides[0]
        args.output.strides = nest.strides[1]
        builder.emit(
            builder.kernels.dequantize_u8_f32, "dequantize_u8_f32", args, tasks: nest.tasks,
            [(\octet_quantize_args.input.base, x), (\octet_quantize_args.output.base, y)])
        return true
    }

    static let requantize = Lowering(Requantize.self, .writing) { _, context, builder in
        guard let input = context.node.input(0) else { return false }
        let x = try builder.view(of: input)
        guard x.isQuantized else { return false }
        let y = try builder.allocate(context.output, x.physicalOrder)
        guard y.isQuantized else { return false }
        builder.emitRequantize(x, to: y)
        return true
    }
}

extension Lowering {
    static let storageCast = Lowering(StorageCast.self, .viewing) { _, context, builder in
        guard let input = context.node.input(0) else { return false }
        var x = try builder.view(of: input)
        let type = try builder.type(of: context.output)
        let isCarried = type.elementType == .int8 && type.quantization?.isPerTensor == true
        if x.isFlipped != isCarried { x = builder.flippedCopy(x, order: x.physicalOrder) }
        x.halo = .none
        try builder.show(x, as: context.output)
        return true
    }
}

extension PlanBuilder {
    mutating func emitQuantize(_ x: View, to y: View) {
        var args = octet_quantize_args()
        args.scale = y.scale
        args.zero_point = y.carrierZeroPoint
        args.minimum = 0
        args.maximum = 255
        args.axis = -1
        let nest = Nest([x, y], cost: 300, threads: threads)
        args.nest = nest.nest
        args.input.strides = nest.strides[0]
        args.output.strides = nest.strides[1]
        emit(
            kernels.quantize_f32_u8, "quantize_f32_u8", args, tasks: nest.tasks,
            [(\octet_quantize_args.input.base, x), (\octet_quantize_args.output.base, y)])
    }

    /// Quantizes an image of a few planes into the order that convolutions read.
    mutating func emitQuantizePlanes(_ x: View, to y: View) {
        var args = octet_planes_args()
        args.input_image = Int64(x.strides[0])
        args.input_channel = Int64(x.strides[1])
        args.input_row = Int64(x.strides[2])
        args.output_image = Int64(y.strides[0])
        args.output_row = Int64(y.strides[2])
        args.images = Int64(y.shape[0])
        args.channels = Int64(y.shape[1])
        args.rows = Int64(y.shape[2])
        args.columns = Int64(y.shape[3])
        args.scale = y.scale
        args.zero_point = y.carrierZeroPoint
        let rows = y.shape[0] * y.shape[2]
        args.rows_per_task = octet_rows_per_task(Int64(rows), Int64(y.shape[1] * y.shape[3] * 4), Int32(threads))
        emit(
            kernels.quantize_planes_u8, "quantize_planes_u8", args, tasks: rowTasks(rows, args.rows_per_task),
            [(\octet_planes_args.input, x), (\octet_planes_args.output, y)])
    }

    /// Brings quantized data to other parameters: `rint(((q − z) · s) / s') + z'`, in float32.
    mutating func emitRequantize(_ x: View, to y: View) {
        guard y.hasRuns else {
            var rows = newBuffer(
                elementType: y.elementType, shape: y.shape, quantization: y.quantization, order: x.physicalOrder)
            rows.isFlipped = y.isFlipped
            emitRequantize(x, to: rows)
            copy(rows, to: y)
            return
        }
        lookup(x, to: y, table: x.requantizationTable(to: y))
    }
}

extension View {
    /// The byte that stands for each byte's number with the parameters of another view.
    func requantizationTable(to y: View) -> [UInt8] {
        let (own, zeroPoint) = (scale, carrierZeroPoint)
        let (target, targetZeroPoint) = (y.scale, Float(y.carrierZeroPoint))
        return (0..<256).map { code in
            let real = Float(Int32(code) - zeroPoint) * own
            let value = (real / target).rounded(.toNearestOrEven)
            return UInt8(min(max(value + targetZeroPoint, 0), 255))
        }
    }
}

extension View {
    /// The order an element-by-element result should take so that it runs along this view's memory.
    var physicalOrder: PhysicalOrder {
        rank >= 3 && !isDenseRowMajor && strides[1] == 1 ? .channelsLast : .rowMajor
    }
}
