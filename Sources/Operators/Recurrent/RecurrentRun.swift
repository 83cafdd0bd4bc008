internal import ModelGraph
internal import TensorCore

/// A recurrent layer on given numbers: goes through directions, steps and batches, in binary64.
struct RecurrentRun {
    let layer: RecurrentLayer
    let gates: Int
    let sequence: Int
    let batch: Int
    let width: Int
    let hidden: Int
    /// (sequence, batch, width), or with the batch first.
    private let x: [Double]
    /// (directions, gates · hidden, width) and (directions, gates · hidden, hidden).
    private let weights: [Double]
    private let recurrence: [Double]
    /// The input biases and the recurrent biases of each direction.
    private let biases: [Double]
    private let lengths: [Int]

    /// - Parameter inputs: X, W, R, and optionally the biases and the lengths of the sequences, as ONNX orders them.
    init(_ layer: RecurrentLayer, gates: Int, _ inputs: [Tensor?]) throws {
        try self.init(
            layer, gates: gates, inputs, x: try inputs.required(0).reals(), hidden: inputs.required(2).shape[2],
            weights: try inputs.required(1).reals(), recurrence: try inputs.required(2).reals())
    }

    /// A layer whose X, W and R are given as numbers; of `inputs` the shape of X, the biases and the lengths count.
    init(
        _ layer: RecurrentLayer, gates: Int, _ inputs: [Tensor?], x: [Double], hidden: Int, weights: [Double],
        recurrence: [Double]
    ) throws {
        self.layer = layer
        self.gates = gates
        let shape = try inputs.required(0).shape
        sequence = shape[layer.isBatchFirst ? 1 : 0]
        batch = shape[layer.isBatchFirst ? 0 : 1]
        width = shape[2]
        self.hidden = hidden
        self.x = x
        self.weights = weights
        self.recurrence = recurrence
        biases = try Self.reals(inputs.optional(3), [layer.direction.count, 2 * gates * hidden], "biases")
        lengths = try inputs.integers(4) ?? Array(repeating: sequence, count: batch)
        guard lengths.count == batch, lengths.allSatisfy({ $0 >= 0 && $0 <= sequence }) else {
            throw OctetError(
                .invalidData, "the lengths of the sequences do not fit", expected: "\(batch) of 0 … \(sequence)",
                found: "\(lengths.prefix(16))")
        }
    }

    /// An optional input, zeros where it is left out.
    /// - Throws: `invalidModel` when it has another shape.
    static func reals(_ tensor: Tensor?, _ shape: [Int], _ name: String) throws -> [Double] {
        guard let tensor else { return Array(repeating: 0, count: try Shapes.count(shape)) }
        guard tensor.shape == shape else {
            throw OctetError(
                .invalidModel, "the \(name) have the wrong shape", expected: "\(shape)", found: "\(tensor.shape)")
        }
        return try tensor.reals()
    }

    /// The shape of a first or last state.
    var stateShape: [Int] {
        layer.isBatchFirst ? [batch, layer.direction.count, hidden] : [layer.direction.count, batch, hidden]
    }

    private func stateOffset(_ direction: Int, _ lane: Int) -> Int {
        (layer.isBatchFirst ? lane * layer.direction.count + direction : direction * batch + lane) * hidden
    }

    /// The states of one sequence of the batch at one step.
    struct Step {
        var direction: Int
        /// W·x + the input bias, for all gates.
        var projected: [Double]
        /// The hidden state as R sees it.
        var seen: [Double]
        /// Hidden state first.
        var states: [[Double]]
    }

    /// Runs the whole layer.
    /// - Parameters:
    ///   - states: the first states, hidden state first; each of ``stateShape``.
    ///   - outputs: Y, then the last states.
    ///   - seeing: what R sees of the hidden states of all sequences of the batch before each step.
    ///   - advance: turns the states into the next.
    func run(
        states: [[Double]], into outputs: [Tensor?], seeing: ([[Double]]) -> [[Double]] = { $0 },
        advance: (inout Step) throws -> Void
    ) throws {
        let directions = layer.direction.count
        var y = [Double](repeating: 0, count: sequence * batch * directions * hidden)
        var last = states
        for direction in 0..<directions {
            let isReversed = layer.direction == .reverse || direction == 1
            var current = (0..<batch).map { lane in
                let offset = stateOffset(direction, lane)
                return states.map { Array($0[offset..<offset + hidden]) }
            }
            for round in 0..<(lengths.max() ?? 0) {
                let seen = seeing(current.map { $0[0] })
                for lane in 0..<batch where round < lengths[lane] {
                    let time = isReversed ? lengths[lane] - 1 - round : round
                    var step = Step(
                        direction: direction, projected: projection(direction, lane, time), seen: seen[lane],
                        states: current[lane])
                    try advance(&step)
                    current[lane] = step.states
                    let place =
                        layer.isBatchFirst
                        ? (lane * sequence + time) * directions + direction
                        : (time * directions + direction) * batch + lane
                    for unit in 0..<hidden { y[place * hidden + unit] = step.states[0][unit] }
                }
            }
            for lane in 0..<batch {
                let offset = stateOffset(direction, lane)
                for index in last.indices {
                    last[index].replaceSubrange(offset..<offset + hidden, with: current[lane][index])
                }
            }
        }
        try outputs.optional(0)?.setReals(y)
        for index in last.indices { try outputs.optional(index + 1)?.setReals(last[index]) }
    }

    private func projection(_ direction: Int, _ lane: Int, _ time: Int) -> [Double] {
        let start = (layer.isBatchFirst ? lane * sequence + time : time * batch + lane) * width
        let rows = gates * hidden
        return Self.product(
            weights, firstRow: direction * rows, rows: rows, columns: width, x, from: start, plus: biases,
            from: direction * 2 * rows)
    }

    /// R·h + the recurrent bias, for the gates in `range`.
    func recurrent(_ direction: Int, _ gate: Range<Int>, _ h: [Double]) -> [Double] {
        let rows = gates * hidden
        return Self.product(
            recurrence, firstRow: direction * rows + gate.lowerBound * hidden, rows: gate.count * hidden,
            columns: hidden, h, from: 0, plus: biases, from: direction * 2 * rows + rows + gate.lowerBound * hidden)
    }

    private static func product(
        _ matrix: [Double], firstRow: Int, rows: Int, columns: Int, _ vector: [Double], from start: Int,
        plus bias: [Double], from biasStart: Int
    ) -> [Double] {
        var result = Array(bias[biasStart..<biasStart + rows])
        matrix.withUnsafeBufferPointer { matrix in
            vector.withUnsafeBufferPointer { vector in
                // Eight rows side by side, for every sum waits for itself.
                for row in stride(from: 0, to: rows, by: 8) {
                    let lanes = (0..<8).map { (firstRow + min(row + $0, rows - 1)) * columns }
                    let (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
                    let (e, f, g, h) = (lanes[4], lanes[5], lanes[6], lanes[7])
                    var sums = SIMD8<Double>()
                    for lane in 0..<8 { sums[lane] = result[min(row + lane, rows - 1)] }
                    for i in 0..<columns {
                        let weights = SIMD8(
                            matrix[a + i], matrix[b + i], matrix[c + i], matrix[d + i], matrix[e + i], matrix[f + i],
                            matrix[g + i], matrix[h + i])
                        sums += weights * vector[start + i]
                    }
                    for lane in 0..<min(8, rows - row) { result[row + lane] = sums[lane] }
                }
            }
        }
        return result
    }
}
