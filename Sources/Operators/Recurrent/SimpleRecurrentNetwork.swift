public import ModelGraph
public import TensorCore

/// ONNX `RNN`: h ← f(W·x + R·h + biases) along a sequence.
///
/// Inputs: X (sequence, batch, width), W (directions, hidden, width), R (directions, hidden, hidden), and optionally the
/// biases, the lengths of the sequences and the first h. Outputs: h at every step, and the last.
public struct SimpleRecurrentNetwork: TensorOperator {
    public static let name = "RNN"

    public var layer: RecurrentLayer

    public init(layer: RecurrentLayer = RecurrentLayer()) { self.layer = layer }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try layer.inferOutputs(inputs, gates: 1, states: 1)
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try layer.checkSupport(inputs) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let run = try RecurrentRun(layer, gates: 1, inputs)
        let first = try RecurrentRun.reals(inputs.optional(5), run.stateShape, "first states")
        let functions = try (0..<layer.direction.count).map { try layer.functions($0, standard: [.init(.tanh)]) }
        try run.run(states: [first], into: outputs) { step in
            let recurrent = run.recurrent(step.direction, 0..<1, step.seen)
            for unit in 0..<run.hidden {
                let sum = step.projected[unit] + recurrent[unit]
                step.states[0][unit] = functions[step.direction][0](layer.clipped(sum))
            }
        }
    }
}
