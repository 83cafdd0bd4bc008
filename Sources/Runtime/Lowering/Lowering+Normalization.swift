internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    static let normalization: [Lowering] = [
        Lowering(Softmax.self, .writing) { op, context, builder in
            try builder.lowerSoftmax(context, axis: op.axis, flattens: op.flattens, logarithm: false)
        },
        Lowering(LogSoftmax.self, .writing) { op, context, builder in
            try builder.lowerSoftmax(context, axis: op.axis, flattens: op.flattens, logarithm: true)
        },
        Lowering(BatchNormalization.self, .writing) { op, context, builder in
            try builder.lowerBatchNormalization(op, context)
        },
    ]
}

extension PlanBuilder {
    fileprivate mutating func lowerSoftmax(
        _ context: Lowering.Context, axis: Int, flattens: Bool, logarithm: Bool
    ) throws -> Bool {
        guard let input = context.node.input(0) else { return false }
        var x = try view(of: input)
        let axis = axis < 0 ? axis + x.rank : axis
        guard x.isFloat, x.rank >= 1, x.shape.indices.contains(axis) else { return false }
        let inner = x.shape[(axis + 1)...].reduce(1, *)
        let isInner = !flattens && inner != 1
        if isInner { x = x.swapped(axis, x.rank - 1) }
        x = dense(x)
        let y =
            isInner
            ? newBuffer(elementType: .float32, shape: x.shape, quantization: nil, order: .rowMajor)
            : try allocate(context.output, .rowMajor)
        guard y.isDenseRowMajor else { return false }
        let length = flattens ? x.shape[axis...].reduce(1, *) : x.shape[isInner ? x.rank - 1 : axis]
        let rows = x.count / max(length, 1)
        var args = octet_softmax_args()
        args.rows = Int64(rows)
        args.length = Int64(length)
        args.input_stride = Int64(length)
        args.output_stride = Int64(length)
        args.logarithm = logarithm ? 1 : 0
        args.rows_per_task = octet_rows_per_task(Int64(rows), Int64(length), Int32(threads))
        emit(
            kernels.softmax_f32, "softmax_f32", args, tasks: rowTasks(rows, args.rows_per_task),
            [(\octet_softmax_args.input, x), (\octet_softmax_args.output, y)])
        guard isInner else { return true }
        let result = y.swapped(axis, x.rank - 1)
        if requests.parts[context.output] == nil {
            try show(result, as: context.output)
        } else {
            copy(result, to: try allocate(context.output, .rowMajor))
        }
        return true
    }

    /// One multiplication and one addition a channel, in the form x · factor + offset.
    fileprivate mutating func lowerBatchNormalization(
        _ op: BatchNormalization, _ context: Lowering.Context
    ) throws -> Bool {
        let parameters = (1...4).map { constant(context.node.input($0))?.floats }
        guard let input = context.node.input(0), let scale = parameters[0], let bias = parameters[1],
            let mean = parameters[2], let variance = parameters[3]
        else { return false }
        let x = try view(of: input)
        guard x.isFloat, x.rank >= 2 else { return false }
        let factor = zip(scale, variance).map { Double($0) / (Double($1) + Double(op.epsilon)).squareRoot() }
        let offset = zip(zip(bias, mean), factor).map { Double($0.0) - Double($0.1) * $1 }
        let y = try allocate(context.output, x.physicalOrder)
        emitPerChannel(x, factor.map { Float($0) }, OCTET_MUL, to: y)
        emitPerChannel(y, offset.map { Float($0) }, OCTET_ADD, to: y)
        return true
    }

    private mutating func emitPerChannel(_ x: View, _ values: [Float], _ operation: octet_binary, to y: View) {
        var channel = constantTable(values, .float32)
        channel.shape = y.shape
        channel.strides = y.shape.indices.map { $0 == 1 ? 1 : 0 }
        var args = octet_binary_args()
        args.minimum = -.infinity
        args.maximum = .infinity
        args.operation = operation
        let nest = Nest([x, channel, y], cost: 250, threads: threads)
        args.nest = nest.nest
        args.a.strides = nest.strides[0]
        args.b.strides = nest.strides[1]
        args.output.strides = nest.strides[2]
        emit(
            kernels.binary_f32, "binary_f32", args, tasks: nest.tasks,
            [
                (\octet_binary_args.a.base, x), (\octet_binary_args.b.base, channel),
                (\octet_binary_args.output.base, y),
            ])
    }
}
