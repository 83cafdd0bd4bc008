internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    /// LSTM and GRU with the usual functions and constant weights, over sequences of the full length.
    static let recurrent: [Lowering] = [
        Lowering(LongShortTermMemory.self, .writing) { op, context, builder in
            guard !op.couplesGates, context.node.input(7) == nil else { return false }
            return try builder.lowerRecurrent(op.layer, OCTET_CELL_LSTM, gates: 4, context)
        },
        Lowering(GatedRecurrentUnit.self, .writing) { op, context, builder in
            try builder.lowerRecurrent(
                op.layer, op.resetsAfterProduct ? OCTET_CELL_GRU_RESET_AFTER : OCTET_CELL_GRU, gates: 3, context)
        },
    ]
}

extension PlanBuilder {
    /// W·x for all steps is one matrix product; then a task a direction and sequence of the batch goes through the steps.
    fileprivate mutating func lowerRecurrent(
        _ layer: RecurrentLayer, _ cell: octet_cell, gates: Int, _ context: Lowering.Context
    ) throws -> Bool {
        let node = context.node
        guard layer.activations.isEmpty, layer.clip == nil, !layer.isBatchFirst, node.input(4) == nil,
            let input = node.input(0), let w = constant(node.input(1)), let r = constant(node.input(2)),
            w.elementType == .float32, r.elementType == .float32, r.rank == 3
        else { return false }
        let bias = node.input(3).map { constant($0) }
        if case .some(.none) = bias { return false }
        let x = try view(of: input)
        let firsts = try [5, 6].map { try node.input($0).map { try view(of: $0) } }
        guard x.isFloat, x.rank == 3 else { return false }
        let (sequence, batch) = (x.shape[0], x.shape[1])
        let (directions, hidden) = (r.shape[0], r.shape[2])
        let channels = directions * gates * hidden
        guard bias.map({ $0?.count == 2 * channels }) ?? true,
            firsts.allSatisfy({ $0.map { $0.isFloat && $0.shape == [directions, batch, hidden] } ?? true })
        else { return false }
        let weights = RecurrentWeights(w, r, bias: bias ?? nil, cell: cell, gates: gates)
        let projected = newBuffer(
            elementType: .float32, shape: [sequence * batch, channels], quantization: nil, order: .rowMajor)
        guard
            var arithmetic = LinearArithmetic(
                x: x, weights: w, bias: weights.projectionBias, channels: channels,
                output: (.float32, projected.shape, nil), clamp: Fusions.Clamp())
        else { return false }
        let sources = [w, r] + [bias ?? nil].compactMap { $0 }
        arithmetic.origin = ConstantOrigin(tensors: sources, derivation: " of cell \(cell.rawValue)")
        emitProduct(arithmetic, dense(x), channels: channels, columnsFirst: true, to: projected)
        var args = octet_recurrent_args()
        args.sequence = Int64(sequence)
        args.batch = Int64(batch)
        args.directions = Int64(directions)
        args.hidden = Int64(hidden)
        args.cell = cell
        args.reverses_first = layer.direction == .reverse ? 1 : 0
        let tasks = directions * batch
        let scratch = newBuffer(
            elementType: .float32, shape: [tasks, gates + 3, hidden], quantization: nil, order: .rowMajor)
        var pointers: [(PartialKeyPath<octet_recurrent_args>, View)] = [
            (\octet_recurrent_args.projected, projected),
            (\octet_recurrent_args.recurrence, recurrenceView(weights.recurrence, of: r, gates: gates)),
            (\octet_recurrent_args.scratch, scratch),
        ]
        if let bias = weights.candidateBias {
            pointers.append((\octet_recurrent_args.candidate_bias, constantTable(bias, .float32)))
        }
        for case (let field, let first?) in zip(
            [\octet_recurrent_args.first_h as PartialKeyPath, \octet_recurrent_args.first_c], firsts)
        {
            pointers.append((field, dense(first)))
        }
        let fields: [PartialKeyPath<octet_recurrent_args>] = [
            \octet_recurrent_args.output, \octet_recurrent_args.last_h, \octet_recurrent_args.last_c,
        ]
        var copies: [(from: View, to: View)] = []
        for case (let field, let output?) in zip(fields, node.outputs) {
            let place = try allocate(output, .rowMajor)
            var written = place
            if !place.isDenseRowMajor {
                written = newBuffer(
                    elementType: .float32, shape: place.shape, quantization: nil, order: .rowMajor)
                copies.append((written, place))
            }
            pointers.append((field, written))
        }
        emit(
            kernels.recurrent_f32, "recurrent_f32", args, tasks: tasks, pointers,
            multiplyAccumulates: sequence * tasks * gates * hidden * hidden)
        for (source, target) in copies { copy(source, to: target) }
        return true
    }
}

extension PlanBuilder {
    private mutating func recurrenceView(_ recurrence: [Float], of r: Tensor, gates: Int) -> View {
        let size = recurrence.count * MemoryLayout<Float>.size
        let base = pack([r], PackedForm(name: "recurrence", numbers: [gates]), byteCount: size) { target in
            recurrence.withUnsafeBytes { target.copyMemory(from: $0) }
        }
        return View(
            base: base, offset: 0, shape: [recurrence.count], strides: [1], elementType: .float32, quantization: nil)
    }
}

/// The weights of a recurrent layer as its kernel reads them.
private struct RecurrentWeights {
    /// R transposed: (directions, hidden, gates · hidden).
    var recurrence: [Float]
    /// What is added to W·x: both biases, but for the candidate's recurrent one where the reset gate scales it.
    var projectionBias: Tensor??
    var candidateBias: [Float]?

    init(_ w: Tensor, _ r: Tensor, bias: Tensor?, cell: octet_cell, gates: Int) {
        let (directions, hidden) = (r.shape[0], r.shape[2])
        let rows = gates * hidden
        let source = r.floats ?? []
        recurrence = Array(repeating: 0, count: source.count)
        for direction in 0..<directions {
            for row in 0..<rows {
                for unit in 0..<hidden {
                    recurrence[(direction * hidden + unit) * rows + row] =
                        source[
                            (direction * rows + row) * hidden + unit]
                }
            }
        }
        let isAfter = cell == OCTET_CELL_GRU_RESET_AFTER
        let biases = bias?.floats ?? Array(repeating: 0, count: directions * 2 * rows)
        var sums: [Float] = []
        var candidate: [Float] = []
        for direction in 0..<directions {
            let start = direction * 2 * rows
            for row in 0..<rows {
                let isKeptApart = isAfter && row >= 2 * hidden
                sums.append(biases[start + row] + (isKeptApart ? 0 : biases[start + rows + row]))
                if isKeptApart { candidate.append(biases[start + rows + row]) }
            }
        }
        projectionBias = .some(Tensor(sums, shape: [sums.count]))
        candidateBias = isAfter ? candidate : nil
    }
}
