/// One application of an operator. As with ``Value``, a copy is one reference.
public struct Node: Sendable {
    @usableFromInline var storage: Storage

    @usableFromInline
    final class Storage: @unchecked Sendable {
        @usableFromInline var name: String
        @usableFromInline var op: any Operator
        @usableFromInline var inputs: [ValueID?]
        @usableFromInline var outputs: [ValueID?]
        @usableFromInline var annotations: Annotations

        init(
            _ name: String, _ op: any Operator, _ inputs: [ValueID?], _ outputs: [ValueID?], _ annotations: Annotations
        ) {
            self.name = name
            self.op = op
            self.inputs = inputs
            self.outputs = outputs
            self.annotations = annotations
        }
    }

    public init(
        name: String, op: any Operator, inputs: [ValueID?], outputs: [ValueID?],
        annotations: Annotations = Annotations()
    ) {
        storage = Storage(name, op, inputs, outputs, annotations)
    }

    /// The name in the user's file; may be empty.
    public var name: String {
        @inlinable get { storage.name }
        set { owned().name = newValue }
    }

    public var op: any Operator {
        @inlinable get { storage.op }
        set { owned().op = newValue }
    }

    /// `nil` where an optional input is left out.
    public var inputs: [ValueID?] {
        @inlinable get { storage.inputs }
        _modify { yield &owned().inputs }
    }

    /// `nil` where an optional output is not wanted.
    public var outputs: [ValueID?] {
        @inlinable get { storage.outputs }
        _modify { yield &owned().outputs }
    }

    public var annotations: Annotations {
        @inlinable get { storage.annotations }
        set { owned().annotations = newValue }
    }

    /// The input at `index`, or `nil` when it is left out or the list is shorter.
    @inlinable
    public func input(_ index: Int) -> ValueID? {
        let inputs = storage.inputs
        return index < inputs.count ? inputs[index] : nil
    }

    /// The storage, of which no other node has a share.
    private mutating func owned() -> Storage {
        if !isKnownUniquelyReferenced(&storage) {
            storage = Storage(storage.name, storage.op, storage.inputs, storage.outputs, storage.annotations)
        }
        return storage
    }
}
