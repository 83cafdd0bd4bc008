/// An operator on integers whose quantization parameters are inputs of the node, the form that ONNX Runtime calls
/// QOperator: QLinearConv, QGemm, QLinearAdd …
public protocol QOperator: TensorOperator {
    /// The operator that gives the very same integers on values whose types carry the parameters; `nil` when there is
    /// none.
    var typed: (any QuantizableOperator)? { get }

    /// Which inputs of a node with so many inputs are what.
    func slots(inputCount: Int) -> QOperatorSlots
}

/// The inputs of a ``QOperator``.
public struct QOperatorSlots: Sendable, Hashable {
    /// Integers and their parameters, all by the index of the input.
    public struct Operand: Sendable, Hashable {
        public var value: Int
        public var scale: Int
        /// An input that may be left out for 0.
        public var zeroPoint: Int
        /// The axis along which there may be one scale an index; a negative one counts from the end.
        public var axis: Int?

        public init(_ value: Int, scale: Int, zeroPoint: Int, axis: Int? = nil) {
            self.value = value
            self.scale = scale
            self.zeroPoint = zeroPoint
            self.axis = axis
        }
    }

    /// In the order of the typed operator's inputs.
    public var operands: [Operand]
    /// An int32 bias in units of the product of both operands' scales; the typed operator's last input.
    public var bias: Int?
    /// The output's parameters. Where there is no scale the output is real.
    public var resultScale: Int?
    public var resultZeroPoint: Int?

    public init(_ operands: [Operand], bias: Int? = nil, resultScale: Int? = nil, resultZeroPoint: Int? = nil) {
        self.operands = operands
        self.bias = bias
        self.resultScale = resultScale
        self.resultZeroPoint = resultZeroPoint
    }

    /// All inputs that have a meaning to the typed operator.
    public var inputs: Set<Int> {
        Set(
            operands.flatMap { [$0.value, $0.scale, $0.zeroPoint] }
                + [bias, resultScale, resultZeroPoint].compactMap(\.self))
    }
}
