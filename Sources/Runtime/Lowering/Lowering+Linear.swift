internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    static let gemm = Lowering(Gemm.self, .clamping) { op, context, builder in
        guard op.alpha == 1, op.beta == 1, !op.transposesA, let input = context.node.input(0),
            let weights = builder.constant(context.node.input(1)), weights.rank == 2
        else { return false }
        let channels = weights.shape[op.transposesB ? 0 : 1]
        let bias = context.node.input(2).map { builder.constant($0) }
        if let bias, bias?.count != channels { return false }
        return try builder.lowerProduct(
            input, weights, bias: bias, columnsFirst: op.transposesB, channels: channels, context)
    }

    static let matrixMultiplication = Lowering(MatrixMultiplication.self, .clamping) { _, context, builder in
        guard let left = context.node.input(0), let right = context.node.input(1) else { return false }
        if let weights = builder.constant(right), weights.rank == 2 {
            return try builder.lowerProduct(
                left, weights, bias: nil, columnsFirst: false, channels: weights.shape[1], context)
        }
        return try builder.lowerDynamicProduct(left, right, context)
    }
}

extension PlanBuilder {
    /// A product with a constant matrix: rows of A are the pixels of a pointwise convolution.
    fileprivate mutating func lowerProduct(
        _ input: ValueID, _ weights: Tensor, bias: Tensor??, columnsFirst: Bool, channels: Int,
        _ context: Lowering.Context
    ) throws -> Bool {
        var x = try view(of: input)
        guard x.rank >= 2,
            let arithmetic = LinearArithmetic(
                x: x, weights: weights, bias: bias, channels: channels, output: try type(of: context.output),
                clamp: context.clamp)
        else { return false }
        if !x.isDenseRowMajor { x = dense(x) }
        let y = try allocate(context.output, .rowMajor)
        guard y.isDenseRowMajor else { return false }
        emitProduct(arithmetic, x, channels: channels, columnsFirst: columnsFirst, to: y)
        return true
    }

    /// Emits the product of `x`, whose last axis is the depth, with constant weights; both views are dense.
    /// - Parameter columnsFirst: the weights are (channels, depth), not (depth, channels).
    mutating func emitProduct(
        _ arithmetic: LinearArithmetic, _ x: View, channels: Int, columnsFirst: Bool, to y: View
    ) {
        let depth = x.shape[x.rank - 1]
        let rows = x.count / max(depth, 1)
        var packing = octet_conv_packing()
        packing.groups = 1
        packing.channels = Int64(channels)
        packing.taps = 1
        packing.run_outer = 1
        packing.run_inner = Int64(depth)
        packing.channel_stride = columnsFirst ? Int64(depth) : 1
        packing.run_inner_stride = columnsFirst ? 1 : Int64(channels)
        var args = octet_conv_args()
        args.input_strides = octet_strides(image: 0, row: 0, pixel: Int64(depth))
        args.run = Int64(depth)
        args.output_strides = octet_strides(image: 0, row: 0, pixel: Int64(channels))
        args.images = 1
        args.rows = 1
        args.columns = Int64(rows)
        args.channels = Int64(channels)
        args.groups = 1
        emitLinear(
            arithmetic, packing, args, tapOffsets: [0], input: x, output: y, macs: rows * depth * channels)
    }
}
