internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    /// Functions of each code by itself are table look-ups.
    static let qOperators: [Lowering] = [lookup(QuantizedSigmoid.self), lookup(QuantizedLeakyRelu.self)]

    private static func lookup<Op: QuantizedUnary>(_ op: Op.Type) -> Lowering {
        Lowering(op, .writing) { op, context, builder in
            guard let input = context.node.input(0) else { return false }
            let x = try builder.view(of: input)
            let type = try builder.type(of: context.output)
            var parameters: [Tensor?] = context.node.inputs.map { builder.constant($0) }
            guard x.isQuantized, type.quantization?.isPerTensor == true,
                zip(context.node.inputs, parameters).dropFirst().allSatisfy({ $0 == nil || $1 != nil })
            else { return false }
            let bytes = (0..<256).map { UInt8($0) }
            parameters[0] =
                x.elementType == .int8
                ? Tensor(bytes.map { Int8(bitPattern: $0 ^ 0x80) }, shape: [256]) : Tensor(bytes, shape: [256])
            let codes = Tensor(type.elementType, shape: [256])
            try op.evaluate(parameters, into: [codes])
            let y = try builder.allocate(context.output, x.physicalOrder)
            guard y.isQuantized else { return false }
            let flip: UInt8 = y.isFlipped ? 0x80 : 0
            builder.lookup(x, to: y, table: codes.withBytes { $0.map { $0 ^ flip } })
            return true
        }
    }
}
