internal import Kernels
internal import ModelGraph
internal import TensorCore

extension PlanBuilder {
    /// Emits a group of elementwise operators as one kernel, or as a table where it makes codes of codes.
    mutating func lowerGroup(_ group: ElementwiseGroup, _ context: Lowering.Context) throws -> Bool {
        let type = try type(of: context.output)
        guard let slots = FusedSlots(group) else { return false }
        if group.isQuantized, !(type.quantization?.isPerTensor ?? false) { return false }
        var operands: [FusedOperand] = []
        for source in group.sources {
            guard let operand = try operand(source, group, type.shape) else { return false }
            operands.append(operand)
        }
        guard let numbers = channelOperands(group, type.shape) else { return false }
        operands += numbers
        let count = type.shape.reduce(1, *)
        let leader = operands.compactMap(\.view).first { $0.count == count && $0.rank == type.shape.count }
        let y = try allocate(context.output, leader?.physicalOrder ?? .rowMajor)
        let run = y.shape.indices.first { y.shape[$0] != 1 && y.strides[$0] == 1 }
        operands = operands.map { operand in
            guard case .tensor(let view) = operand, let run, view.count == count, view.shape == y.shape,
                view.strides[run] != 1
            else { return operand }
            return .tensor(copied(view, order: y.physicalOrder))
        }
        var args = octet_fused_args()
        args.fill(group, slots, operands, order: group.sources)
        if group.isQuantized {
            args.quantize(as: y)
            let views = operands.compactMap(\.view)
            if views.count == 1, views[0].isQuantized, views[0].count == count,
                let x = views[0].broadcast(to: type.shape)
            {
                lookup(x, to: y, table: args.table(kernels))
                return true
            }
        }
        emitFused(args, operands, group, to: y)
        return true
    }

    /// The byte that each byte becomes in a group that makes codes of the codes `x` and of constant numbers.
    mutating func table(of group: ElementwiseGroup, from x: View, to y: View) -> [UInt8]? {
        guard let slots = FusedSlots(group) else { return nil }
        var operands: [FusedOperand] = []
        for source in group.sources {
            if group.codes[source] != nil {
                operands.append(.tensor(x))
            } else if let value = constant(source)?.floats?.first {
                operands.append(.number(value))
            } else {
                return nil
            }
        }
        var args = octet_fused_args()
        args.fill(group, slots, operands, order: group.sources)
        args.quantize(as: y)
        return args.table(kernels)
    }

    private mutating func operand(
        _ source: ValueID, _ group: ElementwiseGroup, _ shape: [Int]
    ) throws -> FusedOperand? {
        if group.codes[source] == nil, let tensor = constant(source), tensor.count == 1, let value = tensor.floats {
            return .number(value[0])
        }
        let view = try view(of: group.codes[source] ?? source)
        guard group.codes[source] == nil ? view.isFloat : view.isQuantized, view.broadcast(to: shape) != nil
        else { return nil }
        return .tensor(view)
    }

    /// The factors and offsets of members that have a pair for each channel; `nil` where they do not fit the shape.
    private mutating func channelOperands(_ group: ElementwiseGroup, _ shape: [Int]) -> [FusedOperand]? {
        var operands: [FusedOperand] = []
        for values in group.perChannel.flatMap({ [$0.factor, $0.offset] }) {
            guard shape.count >= 2, values.count == shape[1] else { return nil }
            var view = constantTable(values, .float32)
            view.shape = shape.indices.map { $0 == 1 ? shape[1] : 1 }
            view.strides = shape.indices.map { $0 == 1 ? 1 : 0 }
            operands.append(.tensor(view))
        }
        return operands
    }

    /// What a convolution does with its output, of this shape; the place of the output is still to be filled in.
    mutating func tail(_ tail: Fusions.Tail, _ shape: [Int]) throws -> FusedTail? {
        let (group, written) = (tail.group, tail.written)
        guard let slots = FusedSlots(group) else { return nil }
        var operands: [FusedOperand] = []
        for source in group.sources where source != written {
            guard let operand = try operand(source, group, shape) else { return nil }
            guard case .tensor(let view) = operand else {
                operands.append(operand)
                continue
            }
            guard let wide = (view.shape == shape ? channelsLast(view) : view).broadcast(to: shape) else { return nil }
            operands.append(.tensor(shape.count == 4 ? wide : wide.withRowAxis))
        }
        guard let numbers = channelOperands(group, shape) else { return nil }
        for case .tensor(let view) in numbers {
            guard let wide = view.broadcast(to: shape) else { return nil }
            operands.append(.tensor(shape.count == 4 ? wide : wide.withRowAxis))
        }
        return FusedTail(group, slots, written, operands)
    }

    private mutating func emitFused(
        _ initial: octet_fused_args, _ operands: [FusedOperand], _ group: ElementwiseGroup, to y: View
    ) {
        var args = initial
        let views = operands.map { $0.view?.broadcast(to: y.shape) }
        let cost = group.members.reduce(100 * (views.count + 1)) { $0 + $1.function.cost }
        let nest = Nest(views.compactMap { $0 } + [y], cost: cost, threads: threads)
        args.nest = nest.nest
        args.output.strides = nest.strides[nest.strides.count - 1]
        var bindings: [(fieldOffset: Int, view: View)] = []
        var next = 0
        args.withSources { sources in
            for (index, view) in views.enumerated() {
                guard let view else { continue }
                sources[index].memory.strides = nest.strides[next]
                next += 1
                bindings.append((octet_fused_args.baseOffset(ofSource: index), view))
            }
        }
        bindings.append((MemoryLayout<octet_fused_args>.offset(of: \octet_fused_args.output.base) ?? 0, y))
        emit(kernels.fused_f32, "fused_f32", args, tasks: nest.tasks, bindings)
    }
}

/// What a fused kernel reads.
private enum FusedOperand {
    case tensor(View)
    case number(Float)
    /// What the convolution has just written.
    case written

    var view: View? {
        guard case .tensor(let view) = self else { return nil }
        return view
    }
}

/// A group that a convolution computes on what it wrote.
struct FusedTail {
    private(set) var args: octet_fused_args
    private var views: [View?]
    /// The image that is written.
    var output: View? {
        didSet {
            guard let output else { return }
            views[0] = output
            let strides = views.map { $0?.pixelStrides }
            args.output.strides = output.pixelStrides
            args.withSources { sources in
                for (index, strides) in strides.enumerated() {
                    if let strides { sources[index].memory.strides = strides }
                }
            }
        }
    }

    fileprivate init(
        _ group: ElementwiseGroup, _ slots: FusedSlots, _ written: ValueID, _ others: [FusedOperand]
    ) {
        args = octet_fused_args()
        args.fill(
            group, slots, [.written] + others, order: [written] + group.sources.filter { $0 != written })
        views = [nil] + others.map(\.view)
    }

    /// Exchanges rows and columns, before the output is known.
    mutating func turn() { views = views.map { $0?.swapped(2, 3) } }

    /// The distances of what is read beside the convolution's output.
    var strides: [octet_strides] { views.dropFirst().compactMap { $0?.image?.cStrides } }

    /// The address fields, of a block that has the arguments at `field`.
    func fields<Arguments>(at field: KeyPath<Arguments, octet_fused_args>) -> [(fieldOffset: Int, view: View)] {
        guard let start = MemoryLayout<Arguments>.offset(of: field), let output else { return [] }
        let sources = views.enumerated().compactMap { index, view in
            view.map { (fieldOffset: start + octet_fused_args.baseOffset(ofSource: index), view: $0) }
        }
        let target = MemoryLayout<octet_fused_args>.offset(of: \octet_fused_args.output.base) ?? 0
        return sources + [(start + target, output)]
    }
}

extension View {
    /// Distances of images, rows, columns and channels, the last ones of a nest.
    fileprivate var pixelStrides: NestTuple {
        nestTuple([strides[0], strides[2], strides[3], strides[1]], padding: 0)
    }
}

/// Where each member of a group writes: a slot is free again after the last member that reads it.
private struct FusedSlots {
    var targets: [Int] = []

    init?(_ group: ElementwiseGroup) {
        var held: [ValueID: Int] = [:]
        for (index, member) in group.members.enumerated() {
            let later = Set(group.members[(index + 1)...].flatMap(\.function.operands))
            held = held.filter { later.contains($0.key) || member.function.operands.contains($0.key) }
            let inUse = Set(held.filter { later.contains($0.key) }.values)
            guard let slot = (0..<Int(OCTET_FUSED_SLOTS)).first(where: { !inUse.contains($0) }) else { return nil }
            targets.append(slot)
            held = held.filter { later.contains($0.key) }
            held[member.output] = slot
        }
    }
}

extension octet_fused_args {
    fileprivate mutating func withSources(_ body: (UnsafeMutableBufferPointer<octet_fused_source>) -> Void) {
        withUnsafeMutableBytes(of: &sources) { body($0.bindMemory(to: octet_fused_source.self)) }
    }

    fileprivate static func baseOffset(ofSource index: Int) -> Int {
        (MemoryLayout<octet_fused_args>.offset(of: \octet_fused_args.sources) ?? 0)
            + index * MemoryLayout<octet_fused_source>.stride
            + (MemoryLayout<octet_fused_source>.offset(of: \octet_fused_source.memory.base) ?? 0)
    }

    /// The operands' kinds and the operations.
    /// - Parameter order: the sources, in the order of `operands`.
    fileprivate mutating func fill(
        _ group: ElementwiseGroup, _ slots: FusedSlots, _ operands: [FusedOperand], order: [ValueID]
    ) {
        source_count = Int32(operands.count)
        withSources { sources in
            for (index, operand) in operands.enumerated() {
                switch operand {
                case .written: sources[index].kind = OCTET_FUSED_FLOATS
                case .number(let value):
                    sources[index].kind = OCTET_FUSED_NUMBER
                    sources[index].scale = value
                case .tensor(let view):
                    sources[index].kind = view.isFloat ? OCTET_FUSED_FLOATS : OCTET_FUSED_CODES
                    sources[index].scale = view.scale
                    sources[index].zero_point = view.carrierZeroPoint
                }
            }
        }
        var places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, Int32($0)) })
        var list: [octet_fused_operation] = []
        var nextNumbers = Int32(order.count)
        for (member, slot) in zip(group.members, slots.targets) {
            let operands = member.function.operands.map { places[$0] ?? 0 }
            var operation = octet_fused_operation()
            operation.a = operands[0]
            operation.b = operands[operands.count - 1]
            operation.target = Int32(slot)
            switch member.function.operation {
            case .unary(let function, let alpha, let beta):
                operation.operation = Int32(function.rawValue)
                operation.alpha = alpha
                operation.beta = beta
            case .binary(let function):
                operation.is_binary = 1
                operation.operation = Int32(function.rawValue)
                operation.alpha = member.clamp.minimum
                operation.beta = member.clamp.maximum
            case .perChannel:
                operation.is_binary = 1
                operation.operation = Int32(OCTET_MUL.rawValue)
                operation.b = nextNumbers
                operation.alpha = -.infinity
                operation.beta = .infinity
                list.append(operation)
                operation.operation = Int32(OCTET_ADD.rawValue)
                operation.a = source_count + Int32(slot)
                operation.b = nextNumbers + 1
                operation.alpha = member.clamp.minimum
                operation.beta = member.clamp.maximum
                nextNumbers += 2
            }
            list.append(operation)
            places[member.output] = source_count + Int32(slot)
        }
        operation_count = Int32(list.count)
        withUnsafeMutableBytes(of: &operations) { bytes in
            let operations = bytes.bindMemory(to: octet_fused_operation.self)
            for (index, operation) in list.enumerated() { operations[index] = operation }
        }
    }

    fileprivate mutating func quantize(as y: View) {
        is_quantized = 1
        scale = y.scale
        zero_point = y.carrierZeroPoint
    }

    /// The byte that each byte becomes, where one operand is codes and all others are numbers.
    fileprivate func table(_ kernels: KernelTable) -> [UInt8] {
        var args = self
        let codes = (0..<256).map { UInt8($0) }
        return codes.withUnsafeBytes { codes in
            [UInt8](unsafeUninitializedCapacity: 256) { table, count in
                args.nest = octet_nest([256])
                args.nest.run_per_block = 256
                args.nest.blocks_per_task = 1
                args.withSources { sources in
                    for index in sources.indices where sources[index].kind == OCTET_FUSED_CODES {
                        sources[index].memory = octet_source(codes.baseAddress, strides: [1])
                    }
                }
                args.output = octet_target(table.baseAddress, strides: [1])
                kernels.fused_f32(&args, 0)
                count = 256
            }
        }
    }
}
