internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    /// Operators that show or move data without computing.
    static let movement: [Lowering] = [
        reshaping(Reshape.self), reshaping(Flatten.self), reshaping(Squeeze.self), reshaping(Unsqueeze.self),
        reshaping(Identity.self), reshaping(Dropout.self),
        Lowering(Transpose.self, .viewing) { op, context, builder in
            guard let input = context.node.input(0) else { return false }
            let rank = try builder.type(of: input).shape.count
            return try builder.lowerTranspose(context, permutation: op.permutation ?? (0..<rank).reversed())
        },
        Lowering(Slice.self, .viewing) { op, context, builder in
            guard let input = context.node.input(0) else { return false }
            let constants = context.node.inputs.map { builder.constant($0)?.integers }
            guard let cut = try op.window(of: builder.type(of: input).shape, constants) else { return false }
            return try builder.lowerWindow(input, as: context.output, begin: cut.begins, steps: cut.steps)
        },
        Lowering(Split.self, .viewing) { op, context, builder in
            guard let input = context.node.input(0) else { return false }
            let shape = try builder.type(of: input).shape
            let axis = op.axis < 0 ? op.axis + shape.count : op.axis
            var begin = Array(repeating: 0, count: shape.count)
            for output in context.node.outputs {
                guard let output else { return false }
                let part = try builder.type(of: output).shape
                guard
                    try builder.lowerWindow(
                        input, as: output, begin: begin, steps: Array(repeating: 1, count: shape.count))
                else { return false }
                begin[axis] += part[axis]
            }
            return true
        },
        Lowering(Concatenation.self, .writing) { op, context, builder in
            let rank = try builder.type(of: context.output).shape.count
            return try builder.lowerConcat(context, axis: op.axis < 0 ? op.axis + rank : op.axis)
        },
        Lowering(Pad.self, .viewing) { op, context, builder in
            guard op.mode == .constant, let input = context.node.input(0) else { return false }
            let constants = context.node.inputs.map { builder.constant($0) }
            guard let begins = try op.begins(rank: builder.type(of: input).shape.count, constants.map { $0?.integers })
            else { return false }
            let value = constants.count > 2 ? constants[2]?.floats?.first ?? 0 : 0
            return try builder.lowerPad(context, begin: begins, value: value)
        },
    ]

    private static func reshaping<Op: Operator>(_ op: Op.Type) -> Lowering {
        Lowering(op, .viewing) { _, context, builder in
            guard context.node.outputs.dropFirst().allSatisfy({ $0 == nil }) else { return false }
            return try builder.lowerReshape(context)
        }
    }
}
