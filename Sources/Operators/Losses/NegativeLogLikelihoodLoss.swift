public import ModelGraph
public import TensorCore

/// How a loss sums up what it gives for each sample.
public enum LossReduction: String, Sendable {
    case none, sum, mean
}

/// ONNX `NegativeLogLikelihoodLoss`: −x at the class of the target, weighted by class.
///
/// Inputs: x (batch, classes, …), the targets (batch, …), and optionally a weight for each class. The mean is that of
/// the weights.
public struct NegativeLogLikelihoodLoss: TensorOperator {
    public static let name = "NegativeLogLikelihoodLoss"

    public var reduction: LossReduction
    /// Targets of this class count nothing.
    public var ignoredClass: Int?

    public init(reduction: LossReduction = .mean, ignoredClass: Int? = nil) {
        self.reduction = reduction
        self.ignoredClass = ignoredClass
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        let target = try inputs.tensor(1)
        if let rank = x.shape?.count, rank < 2 {
            throw OctetError(.invalidModel, "input 0 has too few axes", expected: "at least 2", found: "\(rank)")
        }
        return [.tensor(x.elementType, reduction == .none ? target.shape : [])]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .reals)
        try inputs.require(1, .indices)
        try inputs.require(2, .reals)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let x = try inputs.required(0)
        let losses = try losses(x.reals(), x.shape, target: inputs.required(1), weights: inputs.optional(2))
        try outputs.optional(0)?.setReals(losses)
    }

    /// The losses of log-probabilities of shape (batch, classes, …).
    func losses(_ x: [Double], _ shape: [Int], target: Tensor, weights: Tensor?) throws -> [Double] {
        guard shape.count >= 2, target.shape == [shape[0]] + shape[2...], let classes = target.integers else {
            throw OctetError(
                .invalidData, "the targets do not fit", expected: "\([shape[0]] + shape.dropFirst(2))",
                found: "\(target.shape)")
        }
        let weights = try weights?.reals() ?? Array(repeating: 1, count: shape[1])
        guard weights.count == shape[1] else {
            throw OctetError(
                .invalidData, "there must be a weight for each class", expected: "\(shape[1])",
                found: "\(weights.count)")
        }
        let inner = shape[2...].reduce(1, *)
        var total = 0.0
        let losses = try classes.enumerated().map { index, label -> Double in
            if label == ignoredClass { return 0 }
            guard label >= 0, label < shape[1] else {
                throw OctetError(
                    .invalidData, "a target is no class", expected: "0 ..< \(shape[1])", found: "\(label)")
            }
            total += weights[label]
            return -weights[label] * x[(index / inner * shape[1] + label) * inner + index % inner]
        }
        switch reduction {
        case .none: return losses
        case .sum: return [losses.reduce(0, +)]
        case .mean: return [losses.reduce(0, +) / total]
        }
    }
}

/// ONNX `SoftmaxCrossEntropyLoss`: the negative log-likelihood of the log-softmax over the classes, which is output 1.
public struct SoftmaxCrossEntropyLoss: TensorOperator {
    public static let name = "SoftmaxCrossEntropyLoss"

    public var loss: NegativeLogLikelihoodLoss

    public init(loss: NegativeLogLikelihoodLoss = NegativeLogLikelihoodLoss()) { self.loss = loss }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        return try loss.inferOutputs(inputs) + [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try loss.checkSupport(inputs) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let x = try inputs.required(0)
        let shape = x.shape
        guard shape.count >= 2 else { throw OctetError(.invalidModel, "input 0 has too few axes") }
        let logits = Tensor(try x.reals(), shape: shape)
        let logarithms = Tensor(.float64, shape: shape)
        try LogSoftmax(axis: 1, flattens: false).evaluate([logits], into: [logarithms])
        let values = logarithms.elements(as: Double.self)
        let losses = try loss.losses(values, shape, target: inputs.required(1), weights: inputs.optional(2))
        try outputs.optional(0)?.setReals(losses)
        try outputs.optional(1)?.setReals(values)
    }
}
