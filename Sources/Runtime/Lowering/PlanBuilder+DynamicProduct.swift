internal import Kernels
internal import ModelGraph
internal import TensorCore

/// A product of two matrices that are both known only at run time: the right one is packed, then multiplied like
/// weights. Up to two batch axes become the images and groups of a pointwise convolution.
private struct DynamicProduct {
    var images = 1
    var groups = 1
    let rows: Int
    let depth: Int
    let columns: Int
    /// Strides of the batch axes (images, groups) for the left side, the right side and the output.
    var left = (image: 0, group: 0)
    var right = (image: 0, group: 0)
    var output = (image: 0, group: 0)

    /// - Returns: `nil` for vectors, or more than two batch axes.
    init?(_ a: View, _ b: View, _ y: [Int]) {
        guard a.rank >= 2, b.rank >= 2, y.count >= 2 else { return nil }
        rows = a.shape[a.rank - 2]
        depth = a.shape[a.rank - 1]
        columns = b.shape[b.rank - 1]
        let batch = Array(y.dropLast(2))
        guard let wideA = a.broadcast(to: batch + [rows, depth]), let wideB = b.broadcast(to: batch + [depth, columns])
        else { return nil }
        let strides = Tensor.rowMajorStrides(y)
        let axes = batch.indices.filter { batch[$0] != 1 }
        guard axes.count <= 2 else { return nil }
        if let group = axes.last {
            groups = batch[group]
            left.group = wideA.strides[group]
            right.group = wideB.strides[group]
            output.group = strides[group]
        }
        if axes.count == 2 {
            images = batch[axes[0]]
            left.image = wideA.strides[axes[0]]
            right.image = wideB.strides[axes[0]]
            output.image = strides[axes[0]]
        }
    }

    func packing(_ kind: octet_conv_kind, taps: Int, width: Int32) -> octet_conv_packing {
        var packing = octet_conv_packing()
        packing.kind = kind
        packing.panel_width = width
        packing.groups = Int64(groups)
        packing.channels = Int64(columns)
        packing.taps = Int64(taps)
        packing.run_outer = 1
        packing.run_inner = Int64(depth)
        return packing
    }

    /// The kernel's arguments but for addresses and what depends on the element type.
    func arguments(_ a: View, taps: Int, width: Int32, packedSize: Int) -> octet_conv_args {
        var args = octet_conv_args()
        args.input_strides = octet_strides(image: Int64(left.image), row: 0, pixel: Int64(a.strides[a.rank - 2]))
        args.input_group_stride = Int64(left.group)
        args.taps = Int64(taps)
        args.run = Int64(depth)
        args.weights_image_stride = Int64(packedSize)
        args.output_strides = octet_strides(image: Int64(output.image), row: 0, pixel: Int64(columns))
        args.output_group_stride = Int64(output.group)
        args.images = Int64(images)
        args.rows = 1
        args.columns = Int64(rows)
        args.channels = Int64(columns)
        args.groups = Int64(groups)
        args.panel_width = width
        return args
    }
}

extension PlanBuilder {
    mutating func lowerDynamicProduct(_ left: ValueID, _ right: ValueID, _ context: Lowering.Context) throws -> Bool {
        var a = try view(of: left)
        let b = try view(of: right)
        let type = try type(of: context.output)
        let isFloat = a.isFloat && b.isFloat && type.elementType == .float32
        let isInteger =
            a.isQuantized && b.isQuantized && type.quantization?.isPerTensor == true
            && (type.elementType == .uint8 || type.elementType == .int8)
        guard isFloat || isInteger, a.rank >= 2 else { return false }
        if a.strides[a.rank - 1] != 1 || a.halo != .none { a = copied(a, order: .rowMajor) }
        guard let product = DynamicProduct(a, b, type.shape) else { return false }
        let y = try allocate(context.output, .rowMajor)
        guard y.isDenseRowMajor else { return false }
        isFloat ? emitFloat(product, a, b, y, context.clamp) : emitInteger(product, a, b, y, context.clamp)
        return true
    }

    private mutating func emitFloat(_ product: DynamicProduct, _ a: View, _ b: View, _ y: View, _ clamp: Fusions.Clamp)
    {
        let width = octet_conv_panel_width(
            kernels.pointer, OCTET_CONV_F32, Int64(product.columns), Int64(product.depth))
        var packing = product.packing(OCTET_CONV_F32, taps: 1, width: width)
        let size = octet_packed_conv_size(&packing)
        let packed = scratch(byteCount: size * product.images)
        var pack = octet_pack_args()
        pack.image_stride = Int64(product.right.image)
        pack.group_stride = Int64(product.right.group)
        pack.row_stride = Int64(b.strides[b.rank - 2])
        pack.column_stride = Int64(b.strides[b.rank - 1])
        pack.images = Int64(product.images)
        pack.groups = Int64(product.groups)
        pack.rows = Int64(product.depth)
        pack.columns = Int64(product.columns)
        pack.panel_width = width
        emit(
            kernels.pack_f32, "pack_f32", pack, tasks: packTasks(product, width),
            [(\octet_pack_args.input, b), (\octet_pack_args.output, packed)])
        var args = product.arguments(a, taps: 1, width: width, packedSize: size)
        args.float_minimum = clamp.minimum
        args.float_maximum = clamp.maximum
        emitProduct(product, OCTET_CONV_F32, args, taps: 1, a, packed, y)
    }

    private mutating func emitInteger(
        _ product: DynamicProduct, _ a: View, _ b: View, _ y: View, _ clamp: Fusions.Clamp
    ) {
        let planes = Int(octet_pack_planes(b.carrierZeroPoint))
        let width = octet_conv_panel_width(
            kernels.pointer, OCTET_CONV_U8_U8, Int64(product.columns), Int64(planes * product.depth))
        var packing = product.packing(OCTET_CONV_U8_U8, taps: planes, width: width)
        let size = octet_packed_conv_size(&packing)
        let packed = scratch(byteCount: size * product.images)
        var pack = octet_pack_u8_args()
        pack.image_stride = Int64(product.right.image)
        pack.group_stride = Int64(product.right.group)
        pack.row_stride = Int64(b.strides[b.rank - 2])
        pack.column_stride = Int64(b.strides[b.rank - 1])
        pack.images = Int64(product.images)
        pack.groups = Int64(product.groups)
        pack.rows = Int64(product.depth)
        pack.columns = Int64(product.columns)
        pack.panel_width = width
        pack.kind = OCTET_CONV_U8_U8
        pack.zero_point = b.carrierZeroPoint
        pack.input_zero_point = a.carrierZeroPoint
        pack.scale = a.scale * b.scale / y.scale
        emit(
            kernels.pack_u8, "pack_u8", pack, tasks: packTasks(product, width),
            [(\octet_pack_u8_args.input, b), (\octet_pack_u8_args.output, packed)])
        var args = product.arguments(a, taps: planes, width: width, packedSize: size)
        let bounds = QuantizedClamp(
            clamp, scale: y.scale, y.quantization ?? QuantizationParameters(scale: y.scale, zeroPoint: 0),
            y.elementType)
        args.zero_point = bounds.zeroPoint
        args.minimum = bounds.minimum
        args.maximum = bounds.maximum
        emitProduct(product, OCTET_CONV_U8_U8, args, taps: planes, a, packed, y)
    }

    private mutating func emitProduct(
        _ product: DynamicProduct, _ kind: octet_conv_kind, _ args: octet_conv_args, taps: Int, _ a: View,
        _ packed: View, _ y: View
    ) {
        var args = args
        let tasks = octet_conv_schedule(&args, kind, Int32(threads))
        let isFloat = kind == OCTET_CONV_F32
        emit(
            isFloat ? kernels.conv_f32 : kernels.conv_u8_u8, isFloat ? "conv_f32" : "conv_u8_u8", args, tasks: tasks,
            [
                (\octet_conv_args.input, a),
                (\octet_conv_args.tap_offsets, constantTable(Array(repeating: Int64(0), count: taps), .int64)),
                (\octet_conv_args.weights, packed), (\octet_conv_args.output, y),
            ], multiplyAccumulates: product.images * product.groups * product.rows * product.depth * product.columns)
    }

    private func packTasks(_ product: DynamicProduct, _ width: Int32) -> Int {
        product.images * product.groups * ((product.columns + Int(width) - 1) / Int(width))
    }

    /// Memory of the arena that only the steps of one node use.
    private mutating func scratch(byteCount: Int) -> View {
        newBuffer(elementType: .uint8, shape: [byteCount], quantization: nil, order: .rowMajor)
    }
}
