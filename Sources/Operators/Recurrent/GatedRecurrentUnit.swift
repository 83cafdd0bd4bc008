public import ModelGraph
public import TensorCore

/// ONNX `GRU`: h ← (1 − z) · candidate + z · h, with an update gate z and a reset gate r that the candidate sees h
/// through.
///
/// Inputs as for ``SimpleRecurrentNetwork``, W and R holding the gates z, r and the candidate one below the other.
public struct GatedRecurrentUnit: TensorOperator {
    public static let name = "GRU"

    public var layer: RecurrentLayer
    /// Whether the reset gate scales R·h + bias, not h.
    public var resetsAfterProduct: Bool

    public init(layer: RecurrentLayer = RecurrentLayer(), resetsAfterProduct: Bool = false) {
        self.layer = layer
        self.resetsAfterProduct = resetsAfterProduct
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try layer.inferOutputs(inputs, gates: 3, states: 1)
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try layer.checkSupport(inputs) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let run = try RecurrentRun(layer, gates: 3, inputs)
        let first = try RecurrentRun.reals(inputs.optional(5), run.stateShape, "first states")
        let functions = try (0..<layer.direction.count).map {
            try layer.functions($0, standard: [.init(.sigmoid), .init(.tanh)])
        }
        try run.run(states: [first], into: outputs) { step in
            let (direction, projected, h) = (step.direction, step.projected, step.seen)
            let (gate, candidate) = (functions[direction][0], functions[direction][1])
            let hidden = run.hidden
            let recurrent = run.recurrent(direction, 0..<2, h)
            let update = (0..<hidden).map { gate(layer.clipped(projected[$0] + recurrent[$0])) }
            let reset = (0..<hidden).map { gate(layer.clipped(projected[hidden + $0] + recurrent[hidden + $0])) }
            let seen: [Double]
            if resetsAfterProduct {
                seen = zip(reset, run.recurrent(direction, 2..<3, h)).map { $0 * $1 }
            } else {
                seen = run.recurrent(direction, 2..<3, zip(reset, h).map { $0 * $1 })
            }
            for unit in 0..<hidden {
                let next = candidate(layer.clipped(projected[2 * hidden + unit] + seen[unit]))
                step.states[0][unit] = (1 - update[unit]) * next + update[unit] * h[unit]
            }
        }
    }
}
