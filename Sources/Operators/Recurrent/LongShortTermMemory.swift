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
        try evaluate(RecurrentRun(layer, gates: 4, inputs), inputs, into: outputs)
    }

    /// Runs the cell.
    /// - Parameters:
    ///   - inputs: of these the first h, the first c and the peepholes count.
    ///   - seeing: what R sees of the hidden states of the batch.
    func evaluate(
        _ run: RecurrentRun, _ inputs: [Tensor?], into outputs: [Tensor?],
        seeing: ([[Double]]) -> [[Double]] = { $0 }
    ) throws {
        let first = try [5, 6].map { try RecurrentRun.reals(inputs.optional($0), run.stateShape, "first states") }
        let hidden = run.hidden
        let peepholes = try RecurrentRun.reals(
            inputs.optional(7), [layer.direction.count, 3 * hidden], "peepholes")
        let functions = try (0..<layer.direction.count).map {
            try layer.functions($0, standard: [.init(.sigmoid), .init(.tanh), .init(.tanh)])
        }
        try run.run(states: first, into: outputs, seeing: seeing) { step in
            let (gate, candidate, shown) = (
                functions[step.direction][0], functions[step.direction][1], functions[step.direction][2]
            )
            let recurrent = run.recurrent(step.direction, 0..<4, step.seen)
            let sums = zip(step.projected, recurrent).map(+)
            let firstPeephole = step.direction * 3 * hidden
            for unit in 0..<hidden {
                let peephole = { (index: Int) in peepholes[firstPeephole + index * hidden + unit] }
                let old = step.states[1][unit]
                let input = gate(layer.clipped(sums[unit] + peephole(0) * old))
                let forget =
                    couplesGates ? 1 - input : gate(layer.clipped(sums[2 * hidden + unit] + peephole(2) * old))
                let cell = forget * old + input * candidate(layer.clipped(sums[3 * hidden + unit]))
                let output = gate(layer.clipped(sums[hidden + unit] + peephole(1) * cell))
                step.states[1][unit] = cell
                step.states[0][unit] = output * shown(layer.clipped(cell))
            }
        }
    }
}
