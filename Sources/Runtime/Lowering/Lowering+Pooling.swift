internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    static let pooling: [Lowering] = [
        Lowering(MaxPool.self, .clampingIntegers) { op, context, builder in
            guard context.node.outputs.count == 1 || context.node.outputs[1] == nil,
                let window = try builder.window(op.window, context, ceilMode: op.ceilMode)
            else { return false }
            return try builder.lowerPool(context, window, .maximum)
        },
        Lowering(AveragePool.self, .clampingIntegers) { op, context, builder in
            guard let window = try builder.window(op.window, context, ceilMode: op.ceilMode) else { return false }
            return try builder.lowerPool(context, window, .average(countsPadding: op.countsPadding))
        },
        Lowering(GlobalMaxPool.self, .clampingIntegers) { _, context, builder in
            guard let input = context.node.input(0) else { return false }
            let extents = Array(try builder.type(of: input).shape.dropFirst(2))
            let window = try SpatialWindow(kernel: extents).resolve(input: extents)
            return try builder.lowerPool(context, window, .maximum)
        },
        Lowering(GlobalAveragePool.self, .clampingIntegers) { _, context, builder in
            try builder.lowerGlobalAverage(context)
        },
    ]
}

extension PlanBuilder {
    fileprivate func window(
        _ window: SpatialWindow, _ context: Lowering.Context, ceilMode: Bool
    ) throws -> SpatialWindow.Resolved? {
        guard let input = context.node.input(0) else { return nil }
        return try window.resolve(input: Array(try type(of: input).shape.dropFirst(2)), ceilMode: ceilMode)
    }
}
