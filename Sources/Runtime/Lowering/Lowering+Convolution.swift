internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    static let convolution = Lowering(Convolution.self, .clamping) { op, context, builder in
        guard let input = context.node.input(0), let weights = builder.constant(context.node.input(1)) else {
            return false
        }
        let x = try builder.view(of: input)
        guard x.rank == 3 || x.rank == 4, weights.rank == x.rank else { return false }
        let window = try op.window.resolve(input: Array(x.shape[2...]), kernel: Array(weights.shape[2...]))
        guard
            let arithmetic = LinearArithmetic(
                x: x, weights: weights, bias: context.node.input(2).map { builder.constant($0) },
                channels: weights.shape[0], output: try builder.type(of: context.sum?.partial ?? context.output),
                clamp: context.clamp)
        else { return false }
        let residual = try context.sum.map { try builder.view(of: $0.residual) }
        let isPlane = x.rank == 4
        var halo = Halo(window)
        var geometry = ConvolutionGeometry(op, weights: weights, window: window)
        if geometry.isDepthwise || context.sum != nil, arithmetic.kind == OCTET_CONV_U8_F32 { return false }
        let shape = try builder.type(of: context.output).shape
        var tail: FusedTail?
        if let fused = context.tail {
            tail = try builder.tail(fused, shape)
            guard tail != nil else { return false }
        }
        var image = builder.channelsLast(isPlane ? x : x.withRowAxis, halo: halo)
        // A plane one pixel wide is a row.
        let turns = isPlane && shape[3] == 1 && shape[2] > 1 && geometry.kernelColumns == 1
        if turns {
            geometry.turn()
            halo = halo.turned
            image = image.swapped(2, 3)
            tail?.turn()
        }
        try builder.write(context.output, order: .channelsLast) { output, builder in
            let output = turns ? output.swapped(2, 3) : isPlane ? output : output.withRowAxis
            tail?.output = output
            if geometry.isDepthwise {
                builder.emitDepthwise(geometry, arithmetic, halo, image, tail, output)
            } else {
                let sum = context.sum.flatMap { sum in
                    residual.map {
                        let residual = builder.channelsLast($0)
                        return FusedSum(sum, residual: turns ? residual.swapped(2, 3) : residual, arithmetic, output)
                    }
                }
                builder.emitConvolution(geometry, arithmetic, halo, image, sum, tail, output)
            }
        }
        return true
    }
}

/// The extents of a convolution as the kernels see it: a plane with one row for one spatial axis.
struct ConvolutionGeometry {
    var group: Int
    var inputChannelsPerGroup: Int
    var outputChannelsPerGroup: Int
    var kernelRows: Int
    var kernelColumns: Int
    var strideRows: Int
    var strideColumns: Int
    var dilationRows: Int
    var dilationColumns: Int

    init(_ op: Convolution, weights: Tensor, window: SpatialWindow.Resolved) {
        group = op.group
        inputChannelsPerGroup = weights.shape[1]
        outputChannelsPerGroup = weights.shape[0] / max(op.group, 1)
        let last = window.kernel.count - 1
        kernelRows = last == 1 ? window.kernel[0] : 1
        strideRows = last == 1 ? window.strides[0] : 1
        dilationRows = last == 1 ? window.dilations[0] : 1
        kernelColumns = window.kernel[last]
        strideColumns = window.strides[last]
        dilationColumns = window.dilations[last]
    }

    /// Exchanges rows and columns.
    mutating func turn() {
        swap(&kernelRows, &kernelColumns)
        swap(&strideRows, &strideColumns)
        swap(&dilationRows, &dilationColumns)
    }

    var isDepthwise: Bool { group > 1 && inputChannelsPerGroup == 1 && outputChannelsPerGroup == 1 }
    var isPointwise: Bool { kernelRows == 1 && kernelColumns == 1 }
    var taps: Int { kernelRows * kernelColumns }
}

extension PlanBuilder {
    mutating func emitConvolution(
        _ geometry: ConvolutionGeometry, _ arithmetic: LinearArithmetic, _ halo: Halo, _ x: View, _ sum: FusedSum?,
        _ tail: FusedTail?, _ y: View
    ) {
        guard let input = x.image, let output = y.image else { return }
        let isFolded =
            geometry.group == 1 && geometry.dilationColumns == 1 && input.pixelStride == input.channels
            && geometry.kernelColumns > 1
        let taps = isFolded ? geometry.kernelRows : geometry.taps
        var packing = octet_conv_packing()
        packing.groups = Int64(geometry.group)
        packing.channels = Int64(geometry.outputChannelsPerGroup)
        packing.taps = Int64(taps)
        packing.run_outer = isFolded ? Int64(geometry.kernelColumns) : 1
        packing.run_inner = Int64(geometry.inputChannelsPerGroup)
        packing.group_stride = Int64(geometry.outputChannelsPerGroup * geometry.inputChannelsPerGroup * geometry.taps)
        packing.channel_stride = Int64(geometry.inputChannelsPerGroup * geometry.taps)
        packing.tap_stride = isFolded ? Int64(geometry.kernelColumns) : 1
        packing.run_outer_stride = 1
        packing.run_inner_stride = Int64(geometry.taps)
        var args = octet_conv_args()
        args.input_strides = octet_strides(
            image: Int64(input.imageStride), row: Int64(input.rowStride * geometry.strideRows),
            pixel: Int64(input.pixelStride * geometry.strideColumns))
        args.input_group_stride = Int64(geometry.inputChannelsPerGroup)
        args.run = packing.run_outer * packing.run_inner
        args.output_strides = output.cStrides
        args.output_group_stride = Int64(geometry.outputChannelsPerGroup)
        args.images = Int64(output.images)
        args.rows = Int64(output.rows)
        args.columns = Int64(output.columns)
        args.channels = Int64(geometry.outputChannelsPerGroup)
        args.groups = Int64(geometry.group)
        sum?.fill(&args)
        if geometry.isPointwise, geometry.strideRows == 1, geometry.strideColumns == 1 {
            args.joinRows(tail?.strides ?? [])
        }
        let offsets = tapOffsets(geometry, input, folded: isFolded)
        let origin = x.moved(rows: -halo.top, columns: -halo.left)
        let macs =
            output.images * output.rows * output.columns * geometry.group * geometry.outputChannelsPerGroup
            * geometry.inputChannelsPerGroup * geometry.taps
        emitLinear(
            arithmetic, packing, args, tapOffsets: offsets, input: origin, residual: sum?.residual, tail: tail,
            output: y,
            macs: macs)
    }

    fileprivate mutating func emitDepthwise(
        _ geometry: ConvolutionGeometry, _ arithmetic: LinearArithmetic, _ halo: Halo, _ x: View, _ tail: FusedTail?,
        _ y: View
    ) {
        guard let input = x.image, let output = y.image else { return }
        let kind = arithmetic.kind
        var packing = octet_conv_packing()
        packing.kind = kind
        packing.groups = 1
        packing.channels = Int64(geometry.group)
        packing.taps = Int64(geometry.taps)
        packing.run_outer = 1
        packing.run_inner = 1
        packing.channel_stride = Int64(geometry.taps)
        packing.tap_stride = 1
        packing.input_zero_point = arithmetic.inputZeroPoint
        let size = octet_packed_depthwise_size(
            kernels.pointer, kind, Int64(geometry.group), Int64(geometry.taps))
        let weights = packedView(arithmetic, packing, "depthwise", byteCount: size) { [kernels] packing, target in
            octet_pack_depthwise(kernels.pointer, &packing, target.baseAddress)
        }
        var args = octet_depthwise_args()
        args.input_strides = octet_strides(
            image: Int64(input.imageStride), row: Int64(input.rowStride * geometry.strideRows),
            pixel: Int64(input.pixelStride * geometry.strideColumns))
        args.taps = Int64(geometry.taps)
        args.output_strides = output.cStrides
        args.images = Int64(output.images)
        args.rows = Int64(output.rows)
        args.columns = Int64(output.columns)
        args.channels = Int64(geometry.group)
        args.zero_point = arithmetic.outputZeroPoint
        args.minimum = arithmetic.minimum
        args.maximum = arithmetic.maximum
        args.float_minimum = arithmetic.floatMinimum
        args.float_maximum = arithmetic.floatMaximum
        args.bounded = arithmetic.isBounded ? 1 : 0
        let tasks = octet_depthwise_schedule(&args, Int32(threads))
        let offsets = constantTable(tapOffsets(geometry, input, folded: false), .int64)
        let macs = output.images * output.rows * output.columns * geometry.group * geometry.taps
        let isInteger = kind == OCTET_CONV_U8_U8
        let pointers: [(PartialKeyPath<octet_depthwise_args>, View)] = [
            (\octet_depthwise_args.input, x.moved(rows: -halo.top, columns: -halo.left)),
            (\octet_depthwise_args.tap_offsets, offsets), (\octet_depthwise_args.weights, weights),
            (\octet_depthwise_args.output, y),
        ]
        if let tail {
            emit(
                kernels.depthwise_f32_fused, "depthwise_f32_fused",
                octet_depthwise_fused_args(convolution: args, then: tail.args), tasks: tasks,
                pointers.fields() + tail.fields(at: \octet_depthwise_fused_args.then), multiplyAccumulates: macs)
            return
        }
        emit(
            isInteger ? kernels.depthwise_u8_u8 : kernels.depthwise_f32,
            isInteger ? "depthwise_u8_u8" : "depthwise_f32", args, tasks: tasks, pointers, multiplyAccumulates: macs)
    }

    private func tapOffsets(_ geometry: ConvolutionGeometry, _ input: ImageGeometry, folded: Bool) -> [Int64] {
        (0..<geometry.kernelRows).flatMap { row in
            (0..<(folded ? 1 : geometry.kernelColumns)).map { column in
                Int64(
                    row * geometry.dilationRows * input.rowStride
                        + column * geometry.dilationColumns * input.pixelStride)
            }
        }
    }
}

/// An addition that a convolution does while it writes; a quantized one in QLinearAdd's folded form.
struct FusedSum {
    let residual: View
    private let sum: Fusions.Sum
    private let arithmetic: LinearArithmetic
    private let output: View

    init(_ sum: Fusions.Sum, residual: View, _ arithmetic: LinearArithmetic, _ output: View) {
        self.residual = residual
        self.sum = sum
        self.arithmetic = arithmetic
        self.output = output
    }

    func fill(_ args: inout octet_conv_args) {
        guard let image = residual.image else { return }
        args.residual_strides = image.cStrides
        args.sum_float_minimum = sum.clamp.minimum
        args.sum_float_maximum = sum.clamp.maximum
        if output.isQuantized { fillCodes(&args) }
    }

    private func fillCodes(_ args: inout octet_conv_args) {
        let carrierOffset: Int32 = output.isFlipped ? 128 : 0
        args.sum_ratio = arithmetic.outputScale / output.scale
        args.residual_ratio = residual.scale / output.scale
        let partialZero = Float(arithmetic.outputZeroPoint - carrierOffset)
        let residualZero = Float(residual.carrierZeroPoint - carrierOffset)
        let shift =
            sum.residualIsFirst
            ? (args.sum_ratio * partialZero).addingProduct(args.residual_ratio, residualZero)
            : (args.residual_ratio * residualZero).addingProduct(args.sum_ratio, partialZero)
        args.sum_constant = Float(output.carrierZeroPoint - carrierOffset) - shift
        args.residual_first = sum.residualIsFirst ? 1 : 0
        args.carrier_offset = carrierOffset
        let bounds = QuantizedClamp(
            sum.clamp, scale: output.scale,
            output.quantization ?? QuantizationParameters(scale: output.scale, zeroPoint: 0), output.elementType)
        args.sum_minimum = bounds.minimum
        args.sum_maximum = bounds.maximum
    }
}

extension octet_conv_args {
    /// Makes one long row of an image whose rows follow each other in memory, and of images that do.
    /// - Parameter others: the distances of what is read beside.
    mutating func joinRows(_ others: [octet_strides] = []) {
        let isInputJoined = input_strides.row == columns * input_strides.pixel
        let isOutputJoined = output_strides.row == columns * output_strides.pixel
        let isResidualJoined = residual_strides.row == columns * residual_strides.pixel
        let areOthersJoined = others.allSatisfy { $0.row == columns * $0.pixel }
        guard rows == 1 || (isInputJoined && isOutputJoined && isResidualJoined && areOthersJoined) else { return }
        columns *= rows
        rows = 1
        input_strides.row = columns * input_strides.pixel
        output_strides.row = columns * output_strides.pixel
        residual_strides.row = columns * residual_strides.pixel
        guard input_strides.image == input_strides.row, output_strides.image == output_strides.row,
            residual_strides.image == residual_strides.row,
            others.allSatisfy({ $0.image == columns * $0.pixel })
        else { return }
        columns *= images
        images = 1
    }
}

extension View {
    /// A value with one spatial axis seen as a plane of one row.
    var withRowAxis: View {
        var view = self
        view.shape.insert(1, at: 2)
        view.strides.insert(strides[0], at: 2)
        return view
    }

    /// The view moved by pixels, into its halo.
    func moved(rows: Int, columns: Int) -> View {
        var view = self
        view.offset += rows * (rank == 4 ? strides[2] : 0) + columns * strides[rank - 1]
        return view
    }
}
