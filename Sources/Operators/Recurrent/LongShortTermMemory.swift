public import ModelGraph
public import TensorCore

/// ONNX `LSTM`: a cell c that an input gate writes, a forget gate keeps and an output gate shows as h.
///
/// Inputs as for ``SimpleRecurrentNetwork``, W and R holding the input, output and forget gates and the candidate one
/// below the other; further the first c and the peepholes (directions, 3 · hidden) by which the input, output and
/// forget gates see c. Outputs: h at every step, the last h and the last c.
public struct LongShortTermMemory: TensorOperator {
    public static let name = "LSTM"

    public var layer: RecurrentLayer
    /// Whether the forget gate is 1 − the input gate.
    public var couplesGates: Bool

    public init(layer: RecurrentLayer = RecurrentLayer(), couplesGates: Bool = false) {
        self.layer = layer
        self.couplesGates = couplesGates
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try layer.inferOutputs(inputs, gates: 4, states: 2)
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try layer.checkSupport(inputs) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let run = try RecurrentRun(layer, gates: 4, inputs)
        let first = try [5, 6].map { try RecurrentRun.reals(inputs.optional($0), run.stateShape, "first states") }
        let hidden = run.hidden
        let peepholes = try RecurrentRun.reals(
            inputs.optional(7), [layer.direction.count, 3 * hidden], "peepholes")
        let functions = try (0..<layer.direction.count).map {
            try layer.functions($0, standard: [.init(.sigmoid), .init(.tanh), .init(.tanh)])
        }
        try run.run(states: first, into: outputs) { direction, projected, states in
            let (gate, candidate, shown) = (
                functions[direction][0], functions[direction][1], functions[direction][2]
            )
            let recurrent = run.recurrent(direction, 0..<4, states[0])
            for unit in 0..<hidden {
                let sum = { (index: Int) in projected[index * hidden + unit] + recurrent[index * hidden + unit] }
                let peephole = { (index: Int) in peepholes[(direction * 3 + index) * hidden + unit] }
                let old = states[1][unit]
                let input = gate(layer.clipped(sum(0) + peephole(0) * old))
                let forget = couplesGates ? 1 - input : gate(layer.clipped(sum(2) + peephole(2) * old))
                let cell = forget * old + input * candidate(layer.clipped(sum(3)))
                let output = gate(layer.clipped(sum(1) + peephole(1) * cell))
                states[1][unit] = cell
                states[0][unit] = output * shown(layer.clipped(cell))
            }
        }
    }
}
