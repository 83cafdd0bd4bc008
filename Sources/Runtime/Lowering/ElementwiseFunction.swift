internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

/// What an elementwise operator computes on floats, as the kernels know it.
struct ElementwiseFunction {
    enum Operation {
        case unary(octet_unary, alpha: Float = 0, beta: Float = 0)
        case binary(octet_binary)
        /// x · factor + offset, two roundings, with numbers for each index of axis 1.
        case perChannel(factor: [Float], offset: [Float])
    }

    var operation: Operation
    /// One or two.
    var operands: [ValueID]
    /// Rough nanoseconds per 1000 elements.
    var cost: Int

    /// - Parameter constant: the contents of values that never change.
    /// - Returns: `nil` for other operators, and where an attribute is not known before the run.
    init?(_ node: Node, constant: (ValueID) -> Tensor?) {
        guard let first = node.input(0) else { return nil }
        if let (function, cost) = Self.unary(node, constant) {
            operation = function
            operands = [first]
            self.cost = cost
            return
        }
        if let op = node.op as? BatchNormalization {
            guard let function = Self.perChannel(op, node, constant) else { return nil }
            operation = function
            operands = [first]
            cost = 500
            return
        }
        guard node.inputs.count == 2, let second = node.input(1) else { return nil }
        if node.op is Power, constant(second)?.floats == [2] {
            operation = .binary(OCTET_MUL)
            operands = [first, first]
            cost = 250
            return
        }
        guard let (function, cost) = Self.binary(node.op) else { return nil }
        operation = .binary(function)
        operands = [first, second]
        self.cost = cost
    }

    private static func unary(_ node: Node, _ constant: (ValueID) -> Tensor?) -> (Operation, cost: Int)? {
        switch node.op {
        case is Relu: return (.unary(OCTET_RELU), 200)
        case is Clip:
            guard let clamp = Fusions.Clamp(clip: node, constant: constant) else { return nil }
            return (.unary(OCTET_CLIP, alpha: clamp.minimum, beta: clamp.maximum), 200)
        case let op as LeakyRelu: return (.unary(OCTET_LEAKY_RELU, alpha: op.alpha), 200)
        case let op as HardSigmoid: return (.unary(OCTET_HARD_SIGMOID, alpha: op.alpha, beta: op.beta), 200)
        case let op as Elu: return (.unary(OCTET_ELU, alpha: op.alpha), 1000)
        case let op as Gelu: return op.isTanhApproximation ? nil : (.unary(OCTET_GELU), 1000)
        case is HardSwish: return (.unary(OCTET_HARD_SWISH), 200)
        case is Sigmoid: return (.unary(OCTET_SIGMOID), 1000)
        case is HyperbolicTangent: return (.unary(OCTET_TANH), 1000)
        case is Exponential: return (.unary(OCTET_EXP), 1000)
        case is Logarithm: return (.unary(OCTET_LOG), 1000)
        case is ErrorFunction: return (.unary(OCTET_ERF), 1000)
        case is SquareRoot: return (.unary(OCTET_SQRT), 300)
        case is Negative: return (.unary(OCTET_NEG), 200)
        case is Absolute: return (.unary(OCTET_ABS), 200)
        case is Floor: return (.unary(OCTET_FLOOR), 200)
        case is Ceiling: return (.unary(OCTET_CEIL), 200)
        case is Round: return (.unary(OCTET_ROUND), 200)
        case is Reciprocal: return (.unary(OCTET_RECIPROCAL), 300)
        default: return nil
        }
    }

    private static func perChannel(
        _ op: BatchNormalization, _ node: Node, _ constant: (ValueID) -> Tensor?
    ) -> Operation? {
        let parameters = (1...4).compactMap { node.input($0).flatMap(constant)?.floats }
        guard parameters.count == 4 else { return nil }
        let (scale, bias, mean, variance) = (parameters[0], parameters[1], parameters[2], parameters[3])
        let factor = zip(scale, variance).map { Double($0) / (Double($1) + Double(op.epsilon)).squareRoot() }
        let offset = zip(zip(bias, mean), factor).map { Double($0.0) - Double($0.1) * $1 }
        return .perChannel(factor: factor.map { Float($0) }, offset: offset.map { Float($0) })
    }

    private static func binary(_ op: any Operator) -> (octet_binary, cost: Int)? {
        switch op {
        case is Addition: (OCTET_ADD, 250)
        case is Multiplication: (OCTET_MUL, 250)
        case is Subtraction: (OCTET_SUB, 250)
        case is Division: (OCTET_DIV, 400)
        case is Minimum: (OCTET_MIN, 250)
        case is Maximum: (OCTET_MAX, 250)
        case is Power: (OCTET_POW, 3000)
        default: nil
        }
    }
}

extension Fusions.Clamp {
    /// The bounds of a Clip; `nil` if one is not known before the run.
    init?(clip node: Node, constant: (ValueID) -> Tensor?) {
        for (index, bound) in [(1, \Fusions.Clamp.minimum), (2, \Fusions.Clamp.maximum)] {
            guard let id = node.input(index) else { continue }
            guard let value = constant(id)?.floats?.first else { return nil }
            self[keyPath: bound] = value
        }
    }
}
