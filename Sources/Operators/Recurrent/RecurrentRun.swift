internal import ModelGraph
internal import TensorCore

/// A recurrent layer on given tensors: goes through directions, batches and steps, in binary64.
struct RecurrentRun {
    let layer: RecurrentLayer
    let gates: Int
    let sequence: Int
    let batch: Int
    let width: Int
    let hidden: Int
    private let x: [Double]
    private let weights: [Double]
    private let recurrence: [Double]
    /// The input biases and the recurrent biases of each direction.
    private let biases: [Double]
    private let lengths: [Int]

    init(_ layer: RecurrentLayer, gates: Int, _ inputs: [Tensor?]) throws {
        self.layer = layer
        self.gates = gates
        let (x, w, r) = (try inputs.required(0), try inputs.required(1), try inputs.required(2))
        sequence = x.shape[layer.isBatchFirst ? 1 : 0]
        batch = x.shape[layer.isBatchFirst ? 0 : 1]
        width = x.shape[2]
        hidden = r.shape[2]
        let directions = layer.direction.count
        self.x = try x.reals()
        weights = try w.reals()
        recurrence = try r.reals()
        biases = try Self.reals(inputs.optional(3), [directions, 2 * gates * hidden], "biases")
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

    /// Runs the whole layer.
    /// - Parameters:
    ///   - states: the first states, hidden state first; each of ``stateShape``.
    ///   - step: turns the states of one lane (a sequence of the batch) into the next, given W·x + its bias and the
    ///     direction.
    ///   - outputs: Y, then the last states.
    func run(
        states: [[Double]], into outputs: [Tensor?],
        step: (_ direction: Int, _ projected: [Double], _ states: inout [[Double]]) throws -> Void
    ) throws {
        let directions = layer.direction.count
        var y = [Double](repeating: 0, count: sequence * batch * directions * hidden)
        var last = states
        for direction in 0..<directions {
            let isReversed = layer.direction == .reverse || direction == 1
            for lane in 0..<batch {
                let offset = stateOffset(direction, lane)
                var current = states.map { Array($0[offset..<offset + hidden]) }
                for round in 0..<lengths[lane] {
                    let time = isReversed ? lengths[lane] - 1 - round : round
                    try step(direction, projection(direction, lane, time), &current)
                    let place =
                        layer.isBatchFirst
                        ? (lane * sequence + time) * directions + direction
                        : (time * directions + direction) * batch + lane
                    for unit in 0..<hidden { y[place * hidden + unit] = current[0][unit] }
                }
                for index in last.indices {
                    for unit in 0..<hidden { last[index][offset + unit] = current[index][unit] }
                }
            }
        }
        try outputs.optional(0)?.setReals(y)
        for index in last.indices { try outputs.optional(index + 1)?.setReals(last[index]) }
    }

    /// W·x + the input bias, for all gates.
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
        matrix.withUnsafeBufferPointer { matrix in
            vector.withUnsafeBufferPointer { vector in
                (0..<rows).map { row in
                    var sum = bias[biasStart + row]
                    let base = (firstRow + row) * columns
                    for column in 0..<columns { sum += matrix[base + column] * vector[start + column] }
                    return sum
                }
            }
        }
    }
}
