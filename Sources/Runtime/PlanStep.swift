internal import Kernels
internal import TensorCore

/// A kernel call of a plan: the argument block with the places where addresses are filled in.
struct PlanStep {
    /// An address field of the argument block, and what it points to.
    struct Binding {
        var fieldOffset: Int
        var base: View.Base
        var byteOffset: Int
    }

    var kernel: octet_kernel?
    var block: [UInt8]
    var bindings: [Binding]
    var taskCount: Int
    /// Whether the next step may run at the same time.
    var isBesideNext = false
    /// Set instead of `kernel` for an operator that has no lowering.
    var evaluation: ReferenceEvaluation?
    /// A value to show to the caller once this step has run.
    var visits: [PlanVisit] = []
    var description: StepDescription
}

/// What the profile says of a step.
public struct StepDescription: Sendable {
    /// The node's name in the user's file, or that of its output.
    public var node: String
    public var operatorName: String
    /// The kernel, or "reference" for plain evaluation.
    public var kernel: String
    /// The element type it computes in.
    public var elementType: String
    /// Multiply-accumulates.
    public var multiplyAccumulates: Int
    /// Why the step's result is not in integers, or why it is not compiled; empty when it is both.
    public var note: String
}

/// A kept value, as a dense row-major buffer that is valid right after its step.
struct PlanVisit {
    var value: Int
    var base: View.Base
    var byteOffset: Int
    var elementType: ElementType
    var shape: [Int]
    var quantization: QuantizationParameters?
}
