public import TensorCore

/// A named edge of the graph: an input, a constant, or what a node produces.
public struct Value: Sendable {
    /// The name of the tensor in the user's file. Values that a pass adds take a name derived from it.
    public var name: String
    /// The type as far as it is known. A quantized value has an integer element type and quantization parameters.
    public var type: ValueType
    /// The contents, if they never change (an initializer).
    public var constant: Tensor?
    public var annotations = Annotations()

    public init(name: String, type: ValueType, constant: Tensor? = nil) {
        self.name = name
        self.type = type
        self.constant = constant
    }

    public var quantization: QuantizationParameters? { type.tensorType?.quantization }
}
