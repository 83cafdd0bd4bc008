public import TensorCore

/// An operator that has an integer form. One that does not conform always stays float between borders.
public protocol QuantizableOperator: TensorOperator {
    /// What quantizing this use of the operator means, or `nil` when this use must stay float.
    /// - Parameter inputs: the types and constants of the node's inputs, as for inference.
    func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule?
}

/// The slots an operator has for quantization, and how they depend on each other.
public struct QuantizationRule: Sendable, Hashable {
    /// What one input is to the integer form.
    public enum InputRole: Sendable, Hashable {
        /// Data with parameters of its own, per tensor.
        case activation
        /// A constant, symmetric per index of this axis (or per tensor if so asked).
        case weight(channelAxis: Int)
        /// A constant in int32 with the product of input 0's and input 1's scales.
        case bias
        /// Not data: indices, shapes, bounds. Stays as it is.
        case untouched
    }

    /// Where the output's parameters come from.
    public enum OutputRole: Sendable, Hashable {
        /// Its own observed range.
        case free
        /// Those of input 0: the operator only moves or selects data.
        case sameAsInput
        /// One set of parameters for all activations and the output (Concat).
        case sharedByAll
        /// Fixed by the operator's mathematics (Softmax, Sigmoid in some targets).
        case fixed(scale: Float, zeroPoint: Int32, ElementType)
    }

    public enum Kind: Sendable, Hashable {
        /// Multiplies and accumulates: the reason to quantize (Conv, Gemm, MatMul).
        case computing
        /// Works element by element or pools; worth integers only between integer neighbours.
        case following
        /// A clamp (Relu, Clip): when it directly follows a node, that node's output takes the clamp's range.
        case clamping
    }

    public var inputs: [InputRole]
    public var output: OutputRole
    public var kind: Kind

    public init(_ kind: Kind, inputs: [InputRole], output: OutputRole) {
        self.kind = kind
        self.inputs = inputs
        self.output = output
    }
}
