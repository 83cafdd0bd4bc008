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

    /// Emits the quantized sum or product of two inputs.
    mutating func lowerQuantizedBinary(_ context: Lowering.Context, isAddition: Bool) throws -> Bool {
        guard let operands = try broadcastOperands(context),
            var args = octet_qbinary_args(
                operands.left, operands.right, isAddition: isAddition, context.clamp,
                try type(of: context.output))
        else { return false }
        let y = try allocate(context.output, operands.order)
        let nest = Nest([operands.left, operands.right, y], cost: 150, threads: threads)
        args.nest = nest.nest
        args.a.strides = nest.strides[0]
        args.b.strides = nest.strides[1]
        args.output.strides = nest.strides[2]
        emit(
            isAddition ? kernels.qadd_u8 : kernels.qmul_u8, isAddition ? "qadd_u8" : "qmul_u8", args,
            tasks: nest.tasks,
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

extension octet_qbinary_args {
    /// Scales, zero points and clamp. A sum has QLinearAdd's folded form, whose bits depend on the codes and not on the
    /// bytes that carry them.
    /// - Returns: `nil` where there is no kernel for these types.
    init?(
        _ left: View, _ right: View, isAddition: Bool, _ clamp: Fusions.Clamp,
        _ output: (elementType: ElementType, shape: [Int], quantization: QuantizationParameters?)
    ) {
        guard left.isQuantized, right.isQuantized, let parameters = output.quantization, parameters.isPerTensor,
            let scale = parameters.scales.first, output.elementType == .uint8 || output.elementType == .int8
        else { return nil }
        let isSigned = output.elementType == .int8
        if isAddition, left.isFlipped != isSigned || right.isFlipped != isSigned { return nil }
        let bounds = QuantizedClamp(clamp, scale: scale, parameters, output.elementType)
        self.init()
        carrier_offset = isAddition && isSigned ? 128 : 0
        a_scale = left.scale
        b_scale = right.scale
        self.scale = scale
        a_zero = left.carrierZeroPoint - carrier_offset
        b_zero = right.carrierZeroPoint - carrier_offset
        zero_point = bounds.zeroPoint - carrier_offset
        minimum = bounds.minimum
        maximum = bounds.maximum
    }
}
