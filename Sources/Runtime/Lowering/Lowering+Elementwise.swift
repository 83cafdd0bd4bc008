internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension PlanBuilder {
    /// Emits a float function of one input.
    mutating func lowerUnary(
        _ context: Lowering.Context, _ operation: octet_unary, alpha: Float = 0, beta: Float = 0, cost: Int
    ) throws -> Bool {
        guard let input = context.node.input(0) else { return false }
        let x = try view(of: input)
        guard x.isFloat else { return false }
        let y = try allocate(context.output, x.physicalOrder)
        var args = octet_unary_args()
        args.operation = operation
        args.alpha = alpha
        args.beta = beta
        let nest = Nest([x, y], cost: cost, threads: threads)
        args.nest = nest.nest
        args.input.strides = nest.strides[0]
        args.output.strides = nest.strides[1]
        emit(
            kernels.unary_f32, "unary_f32", args, tasks: nest.tasks,
            [(\octet_unary_args.input.base, x), (\octet_unary_args.output.base, y)])
        return true
    }

    /// Emits a float function of two inputs with broadcasting.
    mutating func lowerBinary(_ context: Lowering.Context, _ operation: octet_binary, cost: Int) throws -> Bool {
        guard let operands = try broadcastOperands(context), operands.left.isFloat, operands.right.isFloat else {
            return false
        }
        return try emitBinary(context, operands, operation, cost: cost, kernels.binary_f32, "binary_f32")
    }

    /// Emits the sum of int32 inputs with broadcasting.
    mutating func lowerIntegerAddition(_ context: Lowering.Context) throws -> Bool {
        guard let operands = try broadcastOperands(context), context.clamp.minimum == -.infinity,
            context.clamp.maximum == .infinity,
            [operands.left, operands.right].allSatisfy({ $0.elementType == .int32 && $0.quantization == nil })
        else { return false }
        return try emitBinary(context, operands, OCTET_ADD, cost: 250, kernels.add_s32, "add_s32")
    }

    private mutating func emitBinary(
        _ context: Lowering.Context, _ operands: (left: View, right: View, order: PhysicalOrder),
        _ operation: octet_binary, cost: Int, _ kernel: octet_kernel?, _ name: String
    ) throws -> Bool {
        let y = try allocate(context.output, operands.order)
        var args = octet_binary_args()
        args.operation = operation
        args.minimum = context.clamp.minimum
        args.maximum = context.clamp.maximum
        let nest = Nest([operands.left, operands.right, y], cost: cost, threads: threads)
        args.nest = nest.nest
        args.a.strides = nest.strides[0]
        args.b.strides = nest.strides[1]
        args.output.strides = nest.strides[2]
        emit(
            kernel, name, args, tasks: nest.tasks,
            [
                (\octet_binary_args.a.base, operands.left), (\octet_binary_args.b.base, operands.right),
                (\octet_binary_args.output.base, y),
            ])
        return true
    }

    /// Emits the quantized sum of two inputs, in QLinearAdd's folded form, whose bits depend on the codes and not on
    /// the bytes that carry them.
    mutating func lowerQuantizedAddition(_ context: Lowering.Context) throws -> Bool {
        try lowerQuantizedBinary(context, kernels.qadd_u8, "qadd_u8") { args, left, right, isSigned in
            guard left.isFlipped == isSigned, right.isFlipped == isSigned else { return false }
            args.carrier_offset = isSigned ? 128 : 0
            args.a_zero -= args.carrier_offset
            args.b_zero -= args.carrier_offset
            args.zero_point -= args.carrier_offset
            return true
        }
    }

    mutating func lowerQuantizedMultiplication(_ context: Lowering.Context) throws -> Bool {
        try lowerQuantizedBinary(context, kernels.qmul_u8, "qmul_u8") { _, _, _, _ in true }
    }

    private mutating func lowerQuantizedBinary(
        _ context: Lowering.Context, _ kernel: octet_kernel?, _ name: String,
        adjust: (_ args: inout octet_qbinary_args, _ left: View, _ right: View, _ isSigned: Bool) -> Bool
    ) throws -> Bool {
        guard let operands = try broadcastOperands(context), operands.left.isQuantized, operands.right.isQuantized
        else { return false }
        let type = try type(of: context.output)
        guard let parameters = type.quantization, parameters.isPerTensor, let scale = parameters.scales.first,
            type.elementType == .uint8 || type.elementType == .int8
        else { return false }
        let bounds = QuantizedClamp(context.clamp, scale: scale, parameters, type.elementType)
        var args = octet_qbinary_args()
        args.a_scale = operands.left.scale
        args.b_scale = operands.right.scale
        args.scale = scale
        args.a_zero = operands.left.carrierZeroPoint
        args.b_zero = operands.right.carrierZeroPoint
        args.zero_point = bounds.zeroPoint
        args.minimum = bounds.minimum
        args.maximum = bounds.maximum
        guard adjust(&args, operands.left, operands.right, type.elementType == .int8) else { return false }
        let y = try allocate(context.output, operands.order)
        let nest = Nest([operands.left, operands.right, y], cost: 150, threads: threads)
        args.nest = nest.nest
        args.a.strides = nest.strides[0]
        args.b.strides = nest.strides[1]
        args.output.strides = nest.strides[2]
        emit(
            kernel, name, args, tasks: nest.tasks,
            [
                (\octet_qbinary_args.a.base, operands.left), (\octet_qbinary_args.b.base, operands.right),
                (\octet_qbinary_args.output.base, y),
            ])
        return true
    }

    /// Both inputs seen in the output's shape, and the order the output should take.
    private mutating func broadcastOperands(
        _ context: Lowering.Context
    ) throws -> (left: View, right: View, order: PhysicalOrder)? {
        guard context.node.inputs.count == 2, let first = context.node.input(0), let second = context.node.input(1)
        else { return nil }
        let left = try view(of: first)
        let right = try view(of: second)
        let shape = try type(of: context.output).shape
        guard shape.count <= 6, let wideLeft = left.broadcast(to: shape), let wideRight = right.broadcast(to: shape)
        else { return nil }
        let leader = left.count >= right.count && constant(first) == nil ? left : right
        return (wideLeft, wideRight, leader.rank == shape.count ? leader.physicalOrder : .rowMajor)
    }
}
