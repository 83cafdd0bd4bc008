public import TensorCore

/// A named edge of the graph: an input, a constant, or what a node produces.
///
/// A graph is asked for its values all the time, so a copy is one reference; what it refers to is copied when it changes.
public struct Value: Sendable {
    @usableFromInline var storage: Storage

    @usableFromInline
    final class Storage: @unchecked Sendable {
        @usableFromInline var name: String
        @usableFromInline var type: ValueType
        @usableFromInline var constant: Tensor?
        @usableFromInline var annotations: Annotations

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
        @inlinable get { storage.name }
        set { owned().name = newValue }
    }

    /// The type as far as it is known. A quantized value has an integer element type and quantization parameters.
    public var type: ValueType {
        @inlinable get { storage.type }
        set { owned().type = newValue }
    }

    /// The contents, if they never change (an initializer).
    public var constant: Tensor? {
        @inlinable get { storage.constant }
        set { owned().constant = newValue }
    }

    public var annotations: Annotations {
        @inlinable get { storage.annotations }
        set { owned().annotations = newValue }
    }

    @inlinable public var quantization: QuantizationParameters? { type.tensorType?.quantization }

    // What is asked of every value all the time, without a copy of what it is read from.

    /// Whether its contents never change.
    @inlinable public var isConstant: Bool { storage.constant != nil }

    /// Whether its type has quantization parameters.
    @inlinable public var isQuantized: Bool {
        if case .tensor(let type) = storage.type { type.quantization != nil } else { false }
    }

    /// The element type, of a tensor.
    @inlinable public var elementType: ElementType? {
        if case .tensor(let type) = storage.type { type.elementType } else { nil }
    }

    /// Whether nothing is known of its type.
    @inlinable public var isUnknown: Bool {
        if case .unknown = storage.type { true } else { false }
    }

    /// The storage, of which no other value has a share.
    private mutating func owned() -> Storage {
        if !isKnownUniquelyReferenced(&storage) {
            storage = Storage(storage.name, storage.type, storage.constant, storage.annotations)
        }
        return storage
    }
}
