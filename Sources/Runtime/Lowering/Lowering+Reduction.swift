internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    /// Reductions over any axes, which are brought to the end; the mean over all spatial axes is a global average pool.
    static let reductions: [Lowering] = [
        Lowering(ReduceMean.self, .clampingIntegers) { op, context, builder in
            guard let axes = try builder.reducedAxes(op, context) else { return false }
            if axes == [2, 3], op.keepsDimensions { return try builder.lowerGlobalAverage(context) }
            return try builder.lowerReduction(context, axes, OCTET_REDUCE_MEAN)
        },
        reduction(ReduceSum.self, OCTET_REDUCE_SUM), reduction(ReduceMax.self, OCTET_REDUCE_MAX),
        reduction(ReduceMin.self, OCTET_REDUCE_MIN),
        Lowering(LayerNormalization.self, .writing) { op, context, builder in
            try builder.lowerLayerNormalization(op, context)
        },
    ]

    private static func reduction<Op: Reduction>(_ op: Op.Type, _ operation: octet_reduce) -> Lowering {
        Lowering(op, .writing) { op, context, builder in
            guard let axes = try builder.reducedAxes(op, context) else { return false }
            return try builder.lowerReduction(context, axes, operation)
        }
    }
}

extension PlanBuilder {
    /// The axes a reduction folds, ascending; `nil` when they are not constant.
    fileprivate func reducedAxes(_ op: any Reduction, _ context: Lowering.Context) throws -> [Int]? {
        guard let input = context.node.input(0) else { return nil }
        let rank = try type(of: input).shape.count
        var listed: [Int] = []
        if let axes = context.node.input(1) {
            guard let values = constant(axes)?.integers else { return nil }
            listed = values
        }
        if listed.isEmpty { listed = op.emptyAxesReduceNothing ? [] : Array(0..<rank) }
        return listed.map { $0 < 0 ? $0 + rank : $0 }.sorted()
    }

    fileprivate mutating func lowerReduction(
        _ context: Lowering.Context, _ axes: [Int], _ operation: octet_reduce
    ) throws -> Bool {
        guard let input = context.node.input(0), !axes.isEmpty else { return false }
        let x = try view(of: input)
        guard x.isFloat, Set(axes).count == axes.count else { return false }
        let source = dense(x.permuted(x.shape.indices.filter { !axes.contains($0) } + axes))
        let y = try allocate(context.output, .rowMajor)
        guard y.isDenseRowMajor else { return false }
        let length = axes.reduce(1) { $0 * x.shape[$1] }
        let rows = x.count / length
        var args = octet_reduce_args()
        args.rows = Int64(rows)
        args.length = Int64(length)
        args.input_stride = Int64(length)
        args.output_stride = 1
        args.operation = operation
        args.rows_per_task = octet_rows_per_task(Int64(rows), Int64(length), Int32(threads))
        emit(
            kernels.reduce_f32, "reduce_f32", args, tasks: rowTasks(rows, args.rows_per_task),
            [(\octet_reduce_args.input, source), (\octet_reduce_args.output, y)])
        return true
    }

    fileprivate mutating func lowerLayerNormalization(
        _ op: LayerNormalization, _ context: Lowering.Context
    ) throws -> Bool {
        guard context.node.outputs.dropFirst().allSatisfy({ $0 == nil }), let input = context.node.input(0) else {
            return false
        }
        let x = try view(of: input)
        let axis = op.axis < 0 ? op.axis + x.rank : op.axis
        guard x.isFloat, x.shape.indices.contains(axis) else { return false }
        let length = x.shape[axis...].reduce(1, *)
        var pointers: [(PartialKeyPath<octet_layer_norm_args>, View)] = []
        for (index, field) in [(1, \octet_layer_norm_args.gamma), (2, \octet_layer_norm_args.beta)] {
            guard let id = context.node.input(index) else { continue }
            let parameter = try view(of: id)
            guard parameter.isFloat, parameter.count == length else { return false }
            pointers.append((field, dense(parameter)))
        }
        let source = dense(x)
        let y = try allocate(context.output, .rowMajor)
        guard y.isDenseRowMajor else { return false }
        let rows = x.count / length
        var args = octet_layer_norm_args()
        args.rows = Int64(rows)
        args.length = Int64(length)
        args.input_stride = Int64(length)
        args.output_stride = Int64(length)
        args.epsilon = op.epsilon
        args.rows_per_task = octet_rows_per_task(Int64(rows), Int64(length), Int32(threads))
        emit(
            kernels.layer_norm_f32, "layer_norm_f32", args, tasks: rowTasks(rows, args.rows_per_task),
            [(\octet_layer_norm_args.input, source)] + pointers + [(\octet_layer_norm_args.output, y)])
        return true
    }

    /// Tasks that do all rows, so many each.
    func rowTasks(_ rows: Int, _ rowsPerTask: Int64) -> Int {
        let each = max(Int(rowsPerTask), 1)
        return (rows + each - 1) / each
    }
}
