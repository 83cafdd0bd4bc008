/// One application of an operator.
public struct Node: Sendable {
    /// The name in the user's file; may be empty.
    public var name: String
    public var op: any Operator
    /// `nil` where an optional input is left out.
    public var inputs: [ValueID?]
    /// `nil` where an optional output is not wanted.
    public var outputs: [ValueID?]
    public var annotations: Annotations

    public init(
        name: String, op: any Operator, inputs: [ValueID?], outputs: [ValueID?],
        annotations: Annotations = Annotations()
    ) {
        self.name = name
        self.op = op
        self.inputs = inputs
        self.outputs = outputs
        self.annotations = annotations
    }

    /// The input at `index`, or `nil` when it is left out or the list is shorter.
    public func input(_ index: Int) -> ValueID? {
        index < inputs.count ? inputs[index] : nil
    }
}
