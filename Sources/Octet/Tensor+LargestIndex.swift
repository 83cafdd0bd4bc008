internal import Evaluation
public import TensorCore

extension Tensor {
    /// The place of the largest element, the first of equal ones: a classifier's answer. `nil` when there are no numbers.
    public var largestIndex: Int? { floats.flatMap(ClassificationMetrics.best(of:)) }
}
