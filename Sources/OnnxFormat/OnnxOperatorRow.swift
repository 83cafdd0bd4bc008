internal import ModelGraph
internal import TensorCore

/// A row of the table between ONNX operators and ours: how to read one, how to write one.
struct OnnxOperatorRow: Sendable {
    let type: String
    /// "" is ONNX's own domain.
    let domain: String
    let operatorType: ObjectIdentifier
    /// Takes the attributes it knows out of the node and gives the operator; may add constant inputs.
    let read: @Sendable (inout OnnxNode) throws -> any Operator
    /// Fills in attributes; may turn constant inputs into attributes for an older version, or name another type.
    let write: @Sendable (any Operator, inout OnnxNode) throws -> Void

    /// A row for the operator type `Op`.
    ///
    /// Several rows may read into one type; then the first of them writes it, and its `write` sets the node's `type`
    /// where the operator's properties decide it. A `read` that meets a form it has no operator for throws
    /// `unsupported`: the node becomes opaque, with the message as the reason.
    init<Op: Operator>(
        _ type: String, domain: String = "", _ op: Op.Type,
        read: @escaping @Sendable (inout OnnxNode) throws -> Op,
        write: @escaping @Sendable (Op, inout OnnxNode) throws -> Void = { _, _ in }
    ) {
        self.type = type
        self.domain = domain
        operatorType = ObjectIdentifier(op)
        self.read = read
        self.write = { anyOperator, node in
            guard let op = anyOperator as? Op else { preconditionFailure("row \(type) asked to write another type") }
            try write(op, &node)
        }
    }
}
