internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    /// Float functions of one input. A quantized Relu or Clip that no node before it could apply is a table.
    static let functions: [Lowering] = [
        Lowering(Relu.self, .writing) { _, context, builder in
            try builder.lowerQuantizedClamp(context, Fusions.Clamp(minimum: 0))
                || builder.lowerUnary(context, OCTET_RELU, cost: 200)
        },
        Lowering(Clip.self, .writing) { _, context, builder in
            guard let clamp = builder.clipBounds(context.node) else { return false }
            return try builder.lowerQuantizedClamp(context, clamp)
                || builder.lowerUnary(context, OCTET_CLIP, alpha: clamp.minimum, beta: clamp.maximum, cost: 200)
        },
        Lowering(LeakyRelu.self, .writing) { op, context, builder in
            try builder.lowerUnary(context, OCTET_LEAKY_RELU, alpha: op.alpha, cost: 200)
        },
        Lowering(HardSigmoid.self, .writing) { op, context, builder in
            try builder.lowerUnary(context, OCTET_HARD_SIGMOID, alpha: op.alpha, beta: op.beta, cost: 200)
        },
        Lowering(Elu.self, .writing) { op, context, builder in
            try builder.lowerUnary(context, OCTET_ELU, alpha: op.alpha, cost: 1000)
        },
        Lowering(Gelu.self, .writing) { op, context, builder in
            guard !op.isTanhApproximation else { return false }
            return try builder.lowerUnary(context, OCTET_GELU, cost: 1000)
        },
        function(HardSwish.self, OCTET_HARD_SWISH, cost: 200),
        function(Sigmoid.self, OCTET_SIGMOID, cost: 1000),
        function(HyperbolicTangent.self, OCTET_TANH, cost: 1000),
        function(Exponential.self, OCTET_EXP, cost: 1000),
        function(Logarithm.self, OCTET_LOG, cost: 1000),
        function(ErrorFunction.self, OCTET_ERF, cost: 1000),
        function(SquareRoot.self, OCTET_SQRT, cost: 300),
        function(Negative.self, OCTET_NEG, cost: 200),
        function(Absolute.self, OCTET_ABS, cost: 200),
        function(Floor.self, OCTET_FLOOR, cost: 200),
        function(Ceiling.self, OCTET_CEIL, cost: 200),
        function(Round.self, OCTET_ROUND, cost: 200),
        function(Reciprocal.self, OCTET_RECIPROCAL, cost: 300),
    ]

    /// Arithmetic on two inputs with broadcasting.
    static let arithmetic: [Lowering] = [
        Lowering(Addition.self, .clamping) { _, context, builder in
            try builder.lowerQuantizedAddition(context)
                || builder.lowerBinary(context, OCTET_ADD, cost: 250)
        },
        Lowering(Multiplication.self, .clamping) { _, context, builder in
            try builder.lowerQuantizedMultiplication(context)
                || builder.lowerBinary(context, OCTET_MUL, cost: 250)
        },
        binary(Subtraction.self, OCTET_SUB, cost: 250), binary(Division.self, OCTET_DIV, cost: 400),
        binary(Minimum.self, OCTET_MIN, cost: 250), binary(Maximum.self, OCTET_MAX, cost: 250),
        Lowering(Power.self, .writing) { _, context, builder in
            if let exponent = context.node.input(1), builder.constant(exponent)?.floats == [2],
                let base = context.node.input(0)
            {
                var square = context
                square.node.inputs = [base, base]
                return try builder.lowerBinary(square, OCTET_MUL, cost: 250)
            }
            return try builder.lowerBinary(context, OCTET_POW, cost: 3000)
        },
    ]

    private static func function<Op: Operator>(_ op: Op.Type, _ operation: octet_unary, cost: Int) -> Lowering {
        Lowering(op, .writing) { _, context, builder in
            try builder.lowerUnary(context, operation, cost: cost)
        }
    }

    private static func binary<Op: Operator>(_ op: Op.Type, _ operation: octet_binary, cost: Int) -> Lowering {
        Lowering(op, .writing) { _, context, builder in
            try builder.lowerBinary(context, operation, cost: cost)
        }
    }
}

extension PlanBuilder {
    fileprivate func clipBounds(_ node: Node) -> Fusions.Clamp? {
        var clamp = Fusions.Clamp()
        if let id = node.input(1) {
            guard let bound = constant(id)?.floats?.first else { return nil }
            clamp.minimum = bound
        }
        if let id = node.input(2) {
            guard let bound = constant(id)?.floats?.first else { return nil }
            clamp.maximum = bound
        }
        return clamp
    }

    /// A clamp on quantized data: a table from byte to byte.
    fileprivate mutating func lowerQuantizedClamp(_ context: Lowering.Context, _ clamp: Fusions.Clamp) throws -> Bool {
        guard let input = context.node.input(0) else { return false }
        let x = try view(of: input)
        let type = try type(of: context.output)
        guard x.isQuantized, let parameters = type.quantization, parameters.isPerTensor, parameters == x.quantization
        else { return false }
        let y = try allocate(context.output, x.physicalOrder)
        let bounds = QuantizedClamp(clamp, scale: y.scale, parameters, y.elementType)
        lookup(x, to: y, table: (0..<256).map { UInt8(min(max(Int32($0), bounds.minimum), bounds.maximum)) })
        return true
    }
}
