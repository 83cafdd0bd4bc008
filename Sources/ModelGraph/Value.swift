public import TensorCore

/// A named edge of the graph: an input, a constant, or what a node produces.
///
/// A graph is asked for its values all the time, so a copy is one reference; what it refers to is copied when it changes.
public struct Value: Sendable {
    private var storage: Storage

    private final class Storage: @unchecked Sendable {
        var name: String
        var type: ValueType
        var constant: Tensor?
        var annotations: Annotations

        init(_ name: String, _ type: ValueType, _ constant: Tensor?, _ annotations: Annotations) {
            self.name = name
            self.type = type
            self.constant = constant
            self.annotations = annotations
        }
    }

    public init(name: String, type: ValueType, constant: Tensor? = nil) {
        storage = Storage(name, type, constant, Annotations())
    }

    /// The name of the tensor in the user's file. Values that a pass adds take a name derived from it.
    public var name: String {
        get { storage.name }
        set { owned().name = newValue }
    }

    /// The type as far as it is known. A quantized value has an integer element type and quantization parameters.
    public var type: ValueType {
        get { storage.type }
        set { owned().type = newValue }
    }

    /// The contents, if they never change (an initializer).
    public var constant: Tensor? {
        get { storage.constant }
        set { owned().constant = newValue }
    }

    public var annotations: Annotations {
        get { storage.annotations }
        set { owned().annotations = newValue }
    }

    public var quantization: QuantizationParameters? { type.tensorType?.quantization }

    /// The storage, of which no other value has a share.
    private mutating func owned() -> Storage {
        if !isKnownUniquelyReferenced(&storage) {
            storage = Storage(storage.name, storage.type, storage.constant, storage.annotations)
        }
        return storage
    }
}
