internal import Kernels
internal import ModelGraph
internal import TensorCore

extension PlanBuilder {
    /// Emits a copy between two views of the same shape.
    mutating func copy(_ source: View, to target: View) {
        var args = octet_copy_args()
        let axes = target.shape.indices.filter { target.shape[$0] != 1 }
        args.nest = octet_nest(axes.map { target.shape[$0] })
        args.input.strides = nestTuple(axes.map { source.strides[$0] }, padding: 0)
        args.output.strides = nestTuple(axes.map { target.strides[$0] }, padding: 0)
        args.element_size = Int32(source.elementSize)
        let tasks = octet_copy_schedule(&args, Int32(threads))
        emit(
            kernels.copy, "copy", args, tasks: tasks,
            [(\octet_copy_args.input.base, source), (\octet_copy_args.output.base, target)])
    }

    /// The same data in a new buffer of this order and halo.
    mutating func copied(_ view: View, order: PhysicalOrder, halo: Halo = .none) -> View {
        var target = newBuffer(
            elementType: view.elementType, shape: view.shape, quantization: view.quantization, order: order, halo: halo)
        target.isFlipped = view.isFlipped
        copy(view, to: target)
        return target
    }

    /// The view itself if it is dense and row-major, else a copy that is.
    mutating func dense(_ view: View) -> View {
        view.isDenseRowMajor ? view : copied(view, order: .rowMajor)
    }

    /// A view with channels last whose buffer has at least this halo; the view itself where it will do.
    mutating func channelsLast(_ view: View, halo: Halo = .none) -> View {
        let isOrdered = view.strides[1] == 1 || (view.shape[1] == 1 && view.rank > 2)
        return isOrdered && view.halo.covers(halo) ? view : copied(view, order: .channelsLast, halo: halo)
    }

    /// The data with the sign bit of every byte flipped: int8 to its carrier and back.
    mutating func flippedCopy(_ view: View, order: PhysicalOrder) -> View {
        var target = newBuffer(
            elementType: view.elementType, shape: view.shape, quantization: view.quantization, order: order)
        lookup(view, to: target, table: (0..<256).map { UInt8($0 ^ 0x80) })
        target.isFlipped = !view.isFlipped
        return target
    }

    /// Emits a table look-up from bytes to bytes.
    mutating func lookup(_ source: View, to target: View, table: [UInt8]) {
        let tableView = constantTable(table, .uint8)
        var args = octet_lookup_args()
        let nest = Nest([source, target], cost: 100, threads: threads)
        args.nest = nest.nest
        args.input.strides = nest.strides[0]
        args.output.strides = nest.strides[1]
        emit(
            kernels.lookup_u8_u8, "lookup_u8_u8", args, tasks: nest.tasks,
            [
                (\octet_lookup_args.table, tableView), (\octet_lookup_args.input.base, source),
                (\octet_lookup_args.output.base, target),
            ])
    }

    /// Small constants that kernels read (tables, tap offsets).
    mutating func constantTable<Element: TensorElement>(_ elements: [Element], _ type: ElementType) -> View {
        View(
            base: addConstant(AlignedMemory(elements)), offset: 0, shape: [elements.count], strides: [1],
            elementType: type, quantization: nil)
    }

    /// A value as callers see it: dense, row-major, int8 with its own bits.
    mutating func exposed(_ id: ValueID, copying: Bool = false) throws -> View {
        var view = try view(of: id)
        if view.isFlipped {
            view = flippedCopy(view, order: .rowMajor)
            view.isFlipped = false
            return view
        }
        return copying || !view.isDenseRowMajor ? copied(view, order: .rowMajor) : view
    }

    /// Emits the plain evaluation of a node, bringing inputs into dense row-major order and outputs back.
    mutating func evaluate(_ context: Lowering.Context, because reason: String) throws {
        guard let op = context.node.op.onTensors else {
            throw OctetError(.unsupported, "this operator cannot be run")
        }
        let inputs = try context.node.inputs.map { id in try id.map { try evaluationInput($0) } }
        var outputs: [View?] = []
        for id in context.node.outputs {
            guard let id else {
                outputs.append(nil)
                continue
            }
            let (elementType, shape, quantization) = try type(of: id)
            var view = newBuffer(
                elementType: elementType, shape: shape, quantization: quantization, order: .rowMajor)
            view.isFlipped = false
            outputs.append(view)
        }
        emitReference(op, inputs: inputs, outputs: outputs, note: reason)
        interpreted[context.id] = reason
        for case (let id?, let view?) in zip(context.node.outputs, outputs) { try settle(id, view) }
    }

    /// Gives a value the memory that plain evaluation wrote, or copies it to where it must be.
    private mutating func settle(_ id: ValueID, _ view: View) throws {
        let isCarried = view.elementType == .int8 && (view.quantization?.isPerTensor ?? false)
        let carried = isCarried ? flippedCopy(view, order: .rowMajor) : view
        guard requests.parts[id] != nil else {
            setView(id, carried)
            return
        }
        copy(carried, to: try allocate(id, .rowMajor))
    }

    private mutating func evaluationInput(_ id: ValueID) throws -> View {
        let view = try view(of: id)
        guard view.isFlipped else { return dense(view) }
        var plain = flippedCopy(view, order: .rowMajor)
        plain.isFlipped = false
        return plain
    }
}
