internal import ModelGraph
internal import TensorCore

/// How one operator becomes kernel calls. To make an operator fast, add a file here and a row to ``all``.
struct Lowering: Sendable {
    /// What a lowering sees of the node it lowers.
    struct Context {
        var id: NodeID
        var node: Node
        /// The value to write: the node's first output, or that of what is fused into it.
        var output: ValueID
        var clamp: Fusions.Clamp
        var sum: Fusions.Sum?
        /// What a convolution also does with what it wrote.
        var tail: Fusions.Tail?
    }

    /// How the output gets its memory.
    enum Style {
        /// Writes a buffer it asks for; that may be part of a concatenation.
        case writing
        /// Writes, and can clamp quantized results while it does.
        case clampingIntegers
        /// Writes, and can clamp quantized and float results.
        case clamping
        /// Shows the input's memory in another way where it can.
        case viewing
    }

    let name: String
    let style: Style
    private let operatorType: ObjectIdentifier
    /// Emits the steps. Returns false, without having emitted any, when this use has no kernel.
    let lower: @Sendable (any Operator, Context, inout PlanBuilder) throws -> Bool

    init<Op: Operator>(
        _ op: Op.Type, _ style: Style,
        lower: @escaping @Sendable (Op, Context, inout PlanBuilder) throws -> Bool
    ) {
        name = Op.name
        self.style = style
        operatorType = ObjectIdentifier(op)
        self.lower = { anyOperator, context, builder in
            guard let op = anyOperator as? Op else { return false }
            return try lower(op, context, &builder)
        }
    }

    private static let table = all.sorted { $0.operatorType < $1.operatorType }

    static func of(_ op: any Operator) -> Lowering? {
        let wanted = ObjectIdentifier(type(of: op))
        var (low, high) = (0, table.count)
        while low < high {
            let middle = (low + high) / 2
            if table[middle].operatorType < wanted { low = middle + 1 } else { high = middle }
        }
        return low < table.count && table[low].operatorType == wanted ? table[low] : nil
    }

    /// Why an operator cannot have a kernel; `nil` when there is one, at least for common types.
    static func missing(for op: any Operator) -> String? { of(op) == nil ? "no kernel for this operator" : nil }

    static func writesOutput(_ op: any Operator) -> Bool { of(op).map { $0.style != .viewing } ?? false }

    static func fusesClamp(_ op: any Operator) -> Bool {
        of(op).map { $0.style == .clamping || $0.style == .clampingIntegers } ?? false
    }

    static func fusesFloatClamp(_ op: any Operator) -> Bool { of(op)?.style == .clamping }
}
