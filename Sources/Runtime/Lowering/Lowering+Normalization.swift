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
        Lowering(BatchNormalization.self, .clamping) { _, context, builder in
            guard let input = context.node.input(0), try builder.view(of: input).isFloat,
                let function = ElementwiseFunction(context.node, constant: { builder.constant($0) })
            else { return false }
            let member = ElementwiseGroup.Member(
                node: context.id, function: function, output: context.output, clamp: context.clamp,
                name: context.node.op.name)
            return try builder.lowerGroup(ElementwiseGroup(members: [member], isQuantized: false), context)
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
}
