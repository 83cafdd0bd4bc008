public import Kernels
public import ModelGraph
public import TensorCore

/// One caller's memory for a plan, and the means to run it.
///
/// A session belongs to one caller at a time; many sessions of one plan may run side by side. ``run(inputs:outputs:)``
/// allocates nothing when every step has a kernel.
public final class Session: PreparedGraph {
    public let plan: Plan
    private let pool: ThreadPool?
    private let arena: AlignedMemory
    private let blocks: AlignedMemory
    private var steps: [octet_step] = []
    private var evaluations: [BoundEvaluation] = []
    private var times: [UInt64] = []
    private var inputPlaces: [InputPlace] = []
    /// The first step after each run of steps that ends with a visit.
    private let segments: [Range<Int>]

    /// - Parameter pool: shares the tasks of each step; `nil` runs on the caller's thread.
    public init(plan: Plan, pool: ThreadPool?) {
        self.plan = plan
        self.pool = pool
        arena = AlignedMemory(byteCount: plan.arenaByteCount)
        Self.populate(arena, by: pool)
        let sizes = plan.steps.map { ($0.block.count + 63) & ~63 }
        blocks = AlignedMemory(byteCount: sizes.reduce(0, +))
        var segments: [Range<Int>] = []
        var begin = 0
        for (index, step) in plan.steps.enumerated() where !step.visits.isEmpty {
            segments.append(begin..<index + 1)
            begin = index + 1
        }
        if begin < plan.steps.count { segments.append(begin..<plan.steps.count) }
        self.segments = segments
        var offset = 0
        for (step, size) in zip(plan.steps, sizes) {
            steps.append(bind(step, at: offset))
            offset += size
        }
        let arguments = steps.map { UnsafeMutableRawPointer(mutating: $0.args) }
        inputPlaces = plan.inputs.map { view in
            InputPlace(view, at: address(view.base, view.byteOffset), of: plan, blocks: arguments)
        }
    }

    /// Brings in the pages of the arena. A run writes all of them, but for the places of inputs that it reads where the
    /// caller has them.
    private static func populate(_ arena: AlignedMemory, by pool: ThreadPool?) {
        nonisolated(unsafe) let bytes = UnsafeRawBufferPointer(arena.bytes)
        let size = 1 << 18
        let populate: @Sendable (Int) -> Void = { part in
            Pages.populate(UnsafeRawBufferPointer(rebasing: bytes[(part * size)...].prefix(size)), for: .writing)
        }
        let count = (bytes.count + size - 1) / size
        if let pool { pool.concurrently(count, populate) } else { (0..<count).forEach(populate) }
    }

    private func bind(_ step: PlanStep, at offset: Int) -> octet_step {
        if let evaluation = step.evaluation {
            let bound = BoundEvaluation(evaluation) { view in self.tensor(view) }
            evaluations.append(bound)
            return octet_step(
                kernel: { args, _ in
                    octet_with_subnormals(
                        { context in
                            guard let context else { return }
                            Unmanaged<BoundEvaluation>.fromOpaque(context).takeUnretainedValue().run()
                        }, args)
                }, args: Unmanaged.passUnretained(bound).toOpaque(), task_count: 1, beside_next: 0)
        }
        let block = UnsafeMutableRawBufferPointer(rebasing: blocks.bytes[offset..<offset + step.block.count])
        step.block.withUnsafeBytes { block.copyMemory(from: $0) }
        for binding in step.bindings {
            let address = address(binding.base, binding.byteOffset)
            block.storeBytes(of: address, toByteOffset: binding.fieldOffset, as: UnsafeMutableRawPointer?.self)
        }
        return octet_step(
            kernel: step.kernel, args: block.baseAddress, task_count: step.taskCount,
            beside_next: step.isBesideNext ? 1 : 0)
    }

    private func address(_ base: View.Base, _ byteOffset: Int) -> UnsafeMutableRawPointer? {
        switch base {
        case .buffer(let index): arena.bytes.baseAddress.map { $0 + plan.bufferOffsets[index] + byteOffset }
        case .constant(let index): plan.constants[index].bytes.baseAddress.map { $0 + byteOffset }
        }
    }

    /// A dense row-major view as a tensor that borrows the session's memory.
    private func tensor(_ view: View) -> Tensor {
        let size = view.elementType.byteCount(of: view.count) ?? 0
        let bytes = UnsafeMutableRawBufferPointer(start: address(view.base, view.byteOffset), count: size)
        return Tensor(
            view.elementType, shape: view.shape, storage: TensorStorage(lending: bytes),
            quantization: view.quantization)
    }

    // MARK: Running

    /// Runs the plan once.
    /// - Parameters:
    ///   - inputs: one tensor for each graph input, of the plan's ``Plan/inputTypes``.
    ///   - outputs: tensors of the plan's ``Plan/outputTypes`` that receive the results.
    /// - Throws: `invalidArgument` when a tensor has another type or shape.
    public func run(inputs: [Tensor], outputs: [Tensor]) throws {
        try bring(inputs)
        runSteps(0..<steps.count, timed: false)
        try checkEvaluations()
        try check(outputs, against: plan.outputs, "output")
        for (view, tensor) in zip(plan.outputs, outputs) { copyOut(view, tensor) }
    }

    public func run(_ inputs: [Datum], visit: (ValueID, Tensor) throws -> Void) throws -> [Datum] {
        let tensors = try inputs.map { datum in
            guard let tensor = datum.tensor else {
                throw OctetError(
                    .invalidArgument, "an input is no tensor", expected: "a tensor", found: "\(datum.type)")
            }
            return tensor
        }
        try bring(tensors)
        for segment in segments {
            runSteps(segment, timed: false)
            try checkEvaluations()
            for seen in plan.steps[segment.upperBound - 1].visits {
                try visit(ValueID(seen.value), tensor(seen))
            }
        }
        return plan.outputs.map { view in
            let result = Tensor(view.elementType, shape: view.shape, quantization: view.quantization)
            copyOut(view, result)
            return .tensor(result)
        }
    }

    /// Runs once and returns the nanoseconds each step took.
    public func profile(inputs: [Tensor]) throws -> [UInt64] {
        try bring(inputs)
        runSteps(0..<steps.count, timed: true)
        try checkEvaluations()
        return zip(times.dropFirst(), times).map { $0 - $1 }
    }

    private func bring(_ inputs: [Tensor]) throws {
        try check(inputs, against: plan.inputs, "input")
        for (index, input) in inputs.enumerated() { inputPlaces[index].bring(input) }
    }

    private func copyOut(_ view: View, _ tensor: Tensor) {
        guard let source = address(view.base, view.byteOffset) else { return }
        tensor.storage.bytes.baseAddress.map { $0 + tensor.byteOffset }?
            .copyMemory(from: source, byteCount: tensor.byteCount)
    }

    private func check(_ tensors: [Tensor], against views: [View], _ role: String) throws {
        guard tensors.count == views.count else {
            throw OctetError(
                .invalidArgument, "the number of \(role)s is wrong", expected: "\(views.count)",
                found: "\(tensors.count)")
        }
        for index in tensors.indices
        where tensors[index].elementType != views[index].elementType || tensors[index].shape != views[index].shape {
            throw OctetError(
                .invalidArgument, "\(role) \(index) has the wrong type", expected: "\(views[index].tensorType)",
                found: "\(tensors[index].type)")
        }
    }

    private func checkEvaluations() throws {
        for evaluation in evaluations {
            if let failure = evaluation.failure { throw failure }
        }
    }

    private func runSteps(_ range: Range<Int>, timed: Bool) {
        if timed, times.count != steps.count + 1 { times = Array(repeating: 0, count: steps.count + 1) }
        steps.withUnsafeBufferPointer { buffer in
            let part = UnsafeBufferPointer(rebasing: buffer[range])
            if timed {
                times.withUnsafeMutableBufferPointer { times in
                    octet_run_steps(part.baseAddress, part.count, pool?.pointer, times.baseAddress)
                }
            } else {
                octet_run_steps(part.baseAddress, part.count, pool?.pointer, nil)
            }
        }
    }

    private func tensor(_ seen: PlanVisit) -> Tensor {
        let size = seen.elementType.byteCount(of: seen.shape.reduce(1, *)) ?? 0
        let bytes = UnsafeMutableRawBufferPointer(start: address(seen.base, seen.byteOffset), count: size)
        return Tensor(
            seen.elementType, shape: seen.shape, storage: TensorStorage(lending: bytes),
            quantization: seen.quantization)
    }
}
