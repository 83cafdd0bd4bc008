internal import ModelGraph
internal import TensorCore

/// What RNN, GRU and LSTM have in common: directions, activations, clipping and layout.
public struct RecurrentLayer: Sendable, Hashable {
    public enum Direction: String, Sendable, CaseIterable {
        case forward, reverse, bidirectional

        var count: Int { self == .bidirectional ? 2 : 1 }
    }

    public var direction: Direction
    /// For each direction the functions of the gates, in ONNX's order; empty for the usual ones.
    public var activations: [RecurrentActivation]
    /// Bounds what goes into an activation function.
    public var clip: Float?
    /// Whether the batch is the first axis (`layout` 1), not the sequence.
    public var isBatchFirst: Bool
    /// The width of the state as the file says it; it follows from the weights, whose shape may not be known yet.
    public var hiddenSize: Int?

    public init(
        direction: Direction = .forward, activations: [RecurrentActivation] = [], clip: Float? = nil,
        isBatchFirst: Bool = false, hiddenSize: Int? = nil
    ) {
        self.direction = direction
        self.activations = activations
        self.clip = clip
        self.isBatchFirst = isBatchFirst
        self.hiddenSize = hiddenSize
    }

    /// The types of Y and of each final state.
    /// - Throws: `invalidModel` when the shapes of X, W and R do not fit together.
    func inferOutputs(_ inputs: InferenceInputs, gates: Int, states: Int) throws -> [ValueType] {
        let (x, w, r) = (try inputs.tensor(0), try inputs.tensor(1), try inputs.tensor(2))
        for (index, type) in [x, w, r].enumerated() {
            guard let rank = type.shape?.count, rank != 3 else { continue }
            throw OctetError(.invalidModel, "input \(index) has the wrong rank", expected: "3", found: "\(rank)")
        }
        let hidden = r.shape?[2] ?? .unknown
        for (name, found, wanted) in [
            ("the directions of W", w.shape?[0].value, direction.count),
            ("the directions of R", r.shape?[0].value, direction.count),
            (
                "the rows of W", w.shape?[1].value,
                hidden.value.map { $0.multipliedReportingOverflow(by: gates).partialValue }
            ),
            (
                "the rows of R", r.shape?[1].value,
                hidden.value.map { $0.multipliedReportingOverflow(by: gates).partialValue }
            ),
            ("the columns of W", w.shape?[2].value, x.shape?[2].value),
        ] {
            guard let found, let wanted, found != wanted else { continue }
            throw OctetError(.invalidModel, "\(name) do not fit", expected: "\(wanted)", found: "\(found)")
        }
        let directions = Dimension.fixed(direction.count)
        let first = x.shape?[0] ?? .unknown
        let second = x.shape?[1] ?? .unknown
        let all: [Dimension] =
            isBatchFirst ? [first, second, directions, hidden] : [first, directions, second, hidden]
        let last: [Dimension] = isBatchFirst ? [first, directions, hidden] : [directions, second, hidden]
        return [.tensor(x.elementType, all)] + Array(repeating: .tensor(x.elementType, last), count: states)
    }

    func checkSupport(_ inputs: InferenceInputs) throws {
        for index in inputs.types.indices { try inputs.require(index, index == 4 ? [.int32] : .reals) }
        try inputs.requireSameElementType([0, 1, 2, 3, 5, 6, 7])
    }

    /// The functions of one direction.
    func functions(_ direction: Int, standard: [RecurrentActivation]) throws -> [RecurrentActivation] {
        if activations.isEmpty { return standard }
        guard activations.count == standard.count * self.direction.count else {
            throw OctetError(
                .invalidModel, "attribute 'activations' does not fit",
                expected: "\(standard.count * self.direction.count) functions", found: "\(activations.count)")
        }
        return Array(activations[direction * standard.count..<(direction + 1) * standard.count])
    }

    func clipped(_ value: Double) -> Double {
        guard let clip else { return value }
        return max(-Double(clip), min(Double(clip), value))
    }
}
