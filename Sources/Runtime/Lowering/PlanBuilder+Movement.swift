internal import Kernels
internal import ModelGraph
internal import TensorCore

extension PlanBuilder {
    /// Gives the output the input's memory with other shape and strides.
    ///
    /// A value that must stand somewhere else (a part of a concatenation) or that callers see is copied later, where
    /// it is needed.
    mutating func show(_ view: View, as id: ValueID) throws {
        var view = view
        view.quantization = try type(of: id).quantization
        setView(id, view)
    }

    /// Reshape, Flatten, Squeeze, Unsqueeze: another shape over the same memory, or one strided copy.
    mutating func lowerReshape(_ context: Lowering.Context) throws -> Bool {
        guard let input = context.node.input(0) else { return false }
        let x = try view(of: input)
        let shape = try type(of: context.output).shape
        if let view = x.reshaped(shape) {
            try show(view, as: context.output)
            return true
        }
        let order: PhysicalOrder = shape.count >= 3 && x.innermostAxis != x.rank - 1 ? .channelsLast : .rowMajor
        let y = newBuffer(
            elementType: x.elementType, shape: shape, quantization: x.quantization, order: order,
            halo: order == .channelsLast && shape.count == 4 ? requests.halos[context.output] ?? .none : .none)
        if let target = y.reshaped(x.shape) {
            copy(x, to: target)
        } else {
            let rowMajor = copied(x, order: .rowMajor)
            guard let source = rowMajor.reshaped(shape) else { return false }
            copy(source, to: y)
        }
        var result = y
        result.isFlipped = x.isFlipped
        setView(context.output, result)
        return true
    }

    mutating func lowerTranspose(_ context: Lowering.Context, permutation: [Int]) throws -> Bool {
        guard let input = context.node.input(0) else { return false }
        let view = try view(of: input)
        guard permutation.count == view.rank else { return false }
        try show(view.permuted(permutation), as: context.output)
        return true
    }

    /// A window into the input: `begin` and `step` (at least 1) along every axis.
    mutating func lowerWindow(_ input: ValueID, as output: ValueID, begin: [Int], steps: [Int]) throws -> Bool {
        var view = try view(of: input)
        let shape = try type(of: output).shape
        guard shape.count == view.rank, begin.count == view.rank, steps.allSatisfy({ $0 >= 1 }) else { return false }
        view.offset += zip(begin, view.strides).reduce(0) { $0 + $1.0 * $1.1 }
        view.strides = zip(view.strides, steps).map { $0 * $1 }
        view.shape = shape
        view.halo = .none
        try show(view, as: output)
        return true
    }

    /// Concatenation: inputs that were not written in place are copied to theirs.
    mutating func lowerConcat(_ context: Lowering.Context, axis: Int) throws -> Bool {
        let sources = try context.node.inputs.compactMap { $0 }.map { ($0, try view(of: $0)) }
        let type = try type(of: context.output)
        guard let first = sources.first?.1, sources.allSatisfy({ $0.1.elementType == type.elementType }) else {
            return false
        }
        if type.quantization != nil, !sources.allSatisfy({ $0.1.isQuantized }) { return false }
        let placed = placedView(of: context.output)
        let whole = try placed ?? allocate(context.output, first.physicalOrder)
        var start = 0
        for (id, source) in sources {
            var target = whole
            target.offset += start * whole.strides[axis]
            target.shape = source.shape
            target.halo = .none
            start += source.shape[axis]
            if requests.parts[id]?.whole == context.output { continue }
            if source.quantization == whole.quantization {
                copy(source, to: target)
            } else {
                emitRequantize(source, to: target)
            }
        }
        return true
    }

    /// Pad with a constant: the output is filled, then the input copied into its middle.
    mutating func lowerPad(_ context: Lowering.Context, begin: [Int], value: Float) throws -> Bool {
        guard let input = context.node.input(0) else { return false }
        let x = try view(of: input)
        guard x.isFloat || (x.isQuantized && value == 0), begin.count == x.rank, begin.allSatisfy({ $0 >= 0 }) else {
            return false
        }
        let shape = try type(of: context.output).shape
        guard zip(shape, zip(x.shape, begin)).allSatisfy({ $0 >= $1.0 + $1.1 }) else { return false }
        let order = x.physicalOrder
        var y = newBuffer(
            elementType: x.elementType, shape: shape, quantization: x.quantization, order: order)
        y.isFlipped = x.isFlipped
        var args = octet_fill_args()
        args.count = Int64(y.count)
        args.value = x.isFloat ? UInt64(value.bitPattern) : UInt64(truncatingIfNeeded: x.carrierZeroPoint)
        args.element_size = Int32(x.elementSize)
        emit(kernels.fill, "fill", args, tasks: 1, [(\octet_fill_args.output, y)])
        var middle = y
        middle.shape = x.shape
        middle.offset += zip(begin, y.strides).reduce(0) { $0 + $1.0 * $1.1 }
        copy(x, to: middle)
        setView(context.output, y)
        return true
    }
}

extension View {
    /// The axis whose neighbours lie closest in memory.
    fileprivate var innermostAxis: Int {
        let axes = shape.indices.filter { shape[$0] != 1 }
        return axes.min { (abs(strides[$0]), -$0) < (abs(strides[$1]), -$1) } ?? max(rank - 1, 0)
    }
}
