internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension PlanBuilder {
    /// Which pooling kernel.
    enum Pooling {
        case maximum
        case average(countsPadding: Bool)
    }

    mutating func lowerPool(
        _ context: Lowering.Context, _ window: SpatialWindow.Resolved, _ pooling: Pooling
    ) throws -> Bool {
        guard let input = context.node.input(0) else { return false }
        let x = try view(of: input)
        let type = try type(of: context.output)
        guard x.rank == 3 || x.rank == 4, x.isFloat || x.isQuantized else { return false }
        if x.isQuantized, !(type.quantization?.isPerTensor ?? false) { return false }
        let isPlane = x.rank == 4
        let last = window.kernel.count - 1
        let source = channelsLast(isPlane ? x : x.withRowAxis)
        try write(context.output, order: .channelsLast) { output, builder in
            let y = isPlane ? output : output.withRowAxis
            guard let from = source.image, let to = y.image else { return }
            var args = octet_pool_args()
            args.input_strides = from.cStrides
            args.input_rows = Int64(from.rows)
            args.input_columns = Int64(from.columns)
            args.output_strides = to.cStrides
            args.images = Int64(to.images)
            args.rows = Int64(to.rows)
            args.columns = Int64(to.columns)
            args.channels = Int64(to.channels)
            args.kernel_rows = isPlane ? Int64(window.kernel[0]) : 1
            args.kernel_columns = Int64(window.kernel[last])
            args.stride_rows = isPlane ? Int64(window.strides[0]) : 1
            args.stride_columns = Int64(window.strides[last])
            args.pad_top = isPlane ? Int64(window.padBegin[0]) : 0
            args.pad_left = Int64(window.padBegin[last])
            args.pad_bottom = isPlane ? Int64(window.padEnd[0]) : 0
            args.pad_right = Int64(window.padEnd[last])
            args.dilation_rows = isPlane ? Int64(window.dilations[0]) : 1
            args.dilation_columns = Int64(window.dilations[last])
            args.input_scale = x.scale
            args.output_scale = y.scale
            args.input_zero = x.carrierZeroPoint
            args.output_zero = y.carrierZeroPoint
            args.minimum = 0
            args.maximum = 255
            if let parameters = y.quantization {
                let bounds = QuantizedClamp(context.clamp, scale: y.scale, parameters, y.elementType)
                args.minimum = bounds.minimum
                args.maximum = bounds.maximum
            }
            let tasks: Int
            let kernel: octet_kernel?
            let name: String
            switch pooling {
            case .maximum:
                kernel = x.isFloat ? builder.kernels.max_pool_f32 : builder.kernels.max_pool_u8
                name = x.isFloat ? "max_pool_f32" : "max_pool_u8"
            case .average(let countsPadding):
                args.count_include_pad = countsPadding ? 1 : 0
                kernel = x.isFloat ? builder.kernels.average_pool_f32 : builder.kernels.average_pool_u8
                name = x.isFloat ? "average_pool_f32" : "average_pool_u8"
            }
            tasks = octet_pool_schedule(&args, Int32(builder.threads))
            builder.emit(
                kernel, name, args, tasks: tasks,
                [(\octet_pool_args.input, source), (\octet_pool_args.output, y)])
        }
        return true
    }

    /// The mean over all spatial axes.
    mutating func lowerGlobalAverage(_ context: Lowering.Context) throws -> Bool {
        guard let input = context.node.input(0) else { return false }
        let x = try view(of: input)
        let type = try type(of: context.output)
        guard x.rank == 3 || x.rank == 4, x.isFloat || x.isQuantized else { return false }
        if x.isQuantized, !(type.quantization?.isPerTensor ?? false) { return false }
        let source = channelsLast(x.rank == 4 ? x : x.withRowAxis)
        guard let from = source.image else { return false }
        let y = try allocate(context.output, .rowMajor)
        guard y.shape[1] == 1 || y.strides[1] == 1 else { return false }
        var args = octet_global_pool_args()
        args.input_strides = from.cStrides
        args.output_image_stride = Int64(y.strides[0])
        args.images = Int64(from.images)
        args.rows = Int64(from.rows)
        args.columns = Int64(from.columns)
        args.channels = Int64(from.channels)
        args.scale = x.scale / (y.scale * Float(from.rows * from.columns))
        args.input_zero = x.carrierZeroPoint
        args.output_zero = y.carrierZeroPoint
        args.minimum = 0
        args.maximum = 255
        if let parameters = y.quantization {
            let bounds = QuantizedClamp(context.clamp, scale: y.scale, parameters, y.elementType)
            args.minimum = bounds.minimum
            args.maximum = bounds.maximum
        }
        let tasks = octet_global_pool_schedule(&args, Int32(threads))
        emit(
            x.isFloat ? kernels.global_average_pool_f32 : kernels.global_average_pool_u8,
            x.isFloat ? "global_average_pool_f32" : "global_average_pool_u8", args, tasks: tasks,
            [(\octet_global_pool_args.input, source), (\octet_global_pool_args.output, y)])
        return true
    }
}
