internal import ModelGraph
internal import TensorCore

/// A step that runs an operator by its plain evaluation, on dense row-major views.
struct ReferenceEvaluation {
    var op: any TensorOperator
    var node: String
    var inputs: [View?]
    var outputs: [View?]
}

/// The same, bound to a session's memory.
final class BoundEvaluation {
    private let op: any TensorOperator
    private let node: String
    private let inputs: [Tensor?]
    private let outputs: [Tensor?]
    /// What the last run threw.
    private(set) var failure: (any Error)?

    init(_ evaluation: ReferenceEvaluation, tensor: (View) -> Tensor) {
        op = evaluation.op
        node = evaluation.node
        inputs = evaluation.inputs.map { $0.map(tensor) }
        outputs = evaluation.outputs.map { $0.map(tensor) }
    }

    func run() {
        failure = nil
        do {
            try op.evaluate(inputs, into: outputs)
        } catch let error as OctetError {
            failure = error.at(node: node, operatorName: op.name)
        } catch {
            failure = error
        }
    }
}
