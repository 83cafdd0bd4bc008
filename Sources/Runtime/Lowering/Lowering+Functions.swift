internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    /// Float functions of one input. A quantized Relu or Clip that no node before it could apply is a table.
    static let functions: [Lowering] = [
        Lowering(Relu.self, .writing) { _, context, builder in
            try builder.lowerQuantizedClamp(context, Fusions.Clamp(minimum: 0)) || builder.lowerElementwise(context)
        },
        Lowering(Clip.self, .writing) { _, context, builder in
            guard let clamp = Fusions.Clamp(clip: context.node, constant: { builder.constant($0) }) else {
                return false
            }
            return try builder.lowerQuantizedClamp(context, clamp) || builder.lowerElementwise(context)
        },
        function(LeakyRelu.self), function(HardSigmoid.self), function(Elu.self), function(Gelu.self),
        function(HardSwish.self), function(Sigmoid.self), function(HyperbolicTangent.self),
        function(Exponential.self), function(Logarithm.self), function(ErrorFunction.self), function(SquareRoot.self),
        function(Negative.self), function(Absolute.self), function(Floor.self), function(Ceiling.self),
        function(Round.self), function(Reciprocal.self),
    ]

    /// Arithmetic on two inputs with broadcasting.
    static let arithmetic: [Lowering] = [
        Lowering(Addition.self, .clamping) { _, context, builder in
            try builder.lowerQuantizedBinary(context, isAddition: true) || builder.lowerElementwise(context)
                || builder.lowerIntegerAddition(context)
        },
        Lowering(Multiplication.self, .clamping) { _, context, builder in
            try builder.lowerQuantizedBinary(context, isAddition: false) || builder.lowerElementwise(context)
        },
        function(Subtraction.self), function(Division.self), function(Minimum.self), function(Maximum.self),
        function(Power.self),
    ]

    private static func function<Op: Operator>(_ op: Op.Type) -> Lowering {
        Lowering(op, .writing) { _, context, builder in try builder.lowerElementwise(context) }
    }
}

extension PlanBuilder {
    fileprivate mutating func lowerElementwise(_ context: Lowering.Context) throws -> Bool {
        guard let function = ElementwiseFunction(context.node, constant: { constant($0) }) else { return false }
        switch function.operation {
        case .unary(let operation, let alpha, let beta):
            return try lowerUnary(context, operation, alpha: alpha, beta: beta, cost: function.cost)
        case .binary(let operation):
            var context = context
            context.node.inputs = function.operands
            return try lowerBinary(context, operation, cost: function.cost)
        case .perChannel: return false
        }
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
