internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

/// Collects buffers, constants and steps while a graph is compiled.
///
/// Lowerings ask it for the views of a node's inputs, let it allocate the outputs, and emit kernel calls.
struct PlanBuilder {
    struct Buffer {
        var byteCount: Int
        var firstStep = Int.max
        var lastStep = -1
    }

    let graph: Graph
    let kernels: KernelTable
    let threads: Int
    let relativeBFloat16Rate: Double?
    /// Values that shape arithmetic turned into constants.
    let known: [ValueID: Tensor]
    /// What those known values were computed of that follow from constants alone, by their storage.
    private let origins: [ObjectIdentifier: ConstantOrigin]
    /// What other plans have packed.
    private let shared: PackedConstants
    private(set) var requests: LayoutRequests
    /// Whether any value of the graph is quantized.
    let hasQuantizedValues: Bool

    private(set) var buffers: [Buffer] = []
    private(set) var constants: [AlignedMemory] = []
    private(set) var steps: [PlanStep] = []
    /// Fills constants.
    private let packing: WorkQueue
    /// The nodes that run by plain evaluation, and why.
    var interpreted: [NodeID: String] = [:]
    private var views: [ValueID: View] = [:]
    private var packed: [PackedConstants.Key: View.Base] = [:]
    private var memoryPool = AlignedMemoryPool()
    /// What other plans may use once it is filled.
    private var unpublished: [(memory: AlignedMemory, key: PackedConstants.Key, origins: [ConstantOrigin])] = []
    /// The node being lowered, for step descriptions.
    var currentNode: Node
    /// The names of the operators that are lowered together with it.
    var currentOperators: String?

    init(
        graph: Graph, kernels: KernelTable, threads: Int, relativeBFloat16Rate: Double?, known: KnownContents,
        requests: LayoutRequests, shared: PackedConstants, packing: WorkQueue
    ) {
        self.graph = graph
        self.kernels = kernels
        self.threads = threads
        self.relativeBFloat16Rate = relativeBFloat16Rate
        self.known = known.tensors
        origins = known.origins
        self.shared = shared
        self.packing = packing
        self.requests = requests
        hasQuantizedValues = graph.valueIDs.contains { graph[$0].isQuantized }
        currentNode = Node(name: "", op: InputPlaceholder(), inputs: [], outputs: [])
    }

    // MARK: Values

    /// The contents of a value that never changes.
    func constant(_ id: ValueID?) -> Tensor? {
        guard let id else { return nil }
        return graph[id].constant ?? known[id]
    }

    /// Where a value lives. Constants are brought into aligned memory on first use.
    mutating func view(of id: ValueID) throws -> View {
        if let view = views[id] { return view }
        guard let tensor = constant(id) else {
            throw OctetError(.invalidModel, "tensor '\(graph[id].name)' is read before it is computed")
        }
        return constantView(tensor)
    }

    mutating func setView(_ id: ValueID, _ view: View) { views[id] = view }

    /// The memory a value has already, if any.
    func placedView(of id: ValueID) -> View? { views[id] }

    /// The type of a value with its shape worked out.
    func type(of id: ValueID) throws -> (elementType: ElementType, shape: [Int], quantization: QuantizationParameters?)
    {
        if let tensor = constant(id) { return (tensor.elementType, tensor.shape, tensor.quantization) }
        guard let type = graph[id].type.tensorType, let shape = type.fixedShape else {
            throw OctetError(.unsupported, "the shape of tensor '\(graph[id].name)' depends on data")
        }
        return (type.elementType, shape, type.quantization)
    }

    private mutating func constantView(_ tensor: Tensor) -> View {
        let flipped = tensor.elementType == .int8 && (tensor.quantization?.isPerTensor ?? false)
        let size = max(tensor.byteCount, 1)
        let form = PackedForm(name: flipped ? "flipped" : "copied", numbers: [size])
        let base = pack([tensor], form, byteCount: size) { target in
            tensor.withBytes { source in
                if flipped {
                    for index in 0..<source.count { target[index] = source[index] ^ 0x80 }
                } else {
                    target.copyMemory(from: source)
                }
            }
        }
        return View(
            base: base, offset: 0, shape: tensor.shape, strides: Tensor.rowMajorStrides(tensor.shape),
            elementType: tensor.elementType, quantization: tensor.quantization, isFlipped: flipped)
    }

    /// The elements of a constant where they are, on any address and without slack.
    mutating func lentView(_ tensor: Tensor) -> View {
        let storage = UnsafeRawBufferPointer(tensor.storage.bytes)
        let bytes = UnsafeRawBufferPointer(rebasing: storage[tensor.byteOffset...].prefix(tensor.byteCount))
        let memory = AlignedMemory(borrowing: bytes, owner: tensor.storage)
        let size = 16 << 20
        for start in stride(from: 0, to: bytes.count, by: size) {
            let part = UnsafeRawBufferPointer(rebasing: bytes[start...].prefix(size))
            packing.add { Pages.populate(part, for: .reading) }
        }
        return View(
            base: addConstant(memory), offset: 0, shape: tensor.shape,
            strides: Tensor.rowMajorStrides(tensor.shape), elementType: tensor.elementType,
            quantization: tensor.quantization)
    }

    mutating func addConstant(_ memory: AlignedMemory) -> View.Base {
        constants.append(memory)
        return .constant(constants.count - 1)
    }

    /// Memory made of constants: that of another plan if it has made the same, else new memory, which `fill` writes
    /// meanwhile.
    /// - Parameters:
    ///   - sources: all that `fill` reads of the network.
    ///   - form: all else that the contents depend on.
    mutating func pack(
        _ sources: [Tensor], _ form: PackedForm, byteCount: Int,
        fill: @escaping (UnsafeMutableRawBufferPointer) -> Void
    ) -> View.Base {
        let origins = sources.map { tensor in
            guard var origin = self.origins[ObjectIdentifier(tensor.storage)] else {
                return ConstantOrigin(tensors: [tensor])
            }
            origin.derivation += " from \(tensor.byteOffset)"
            return origin
        }
        let key = PackedConstants.Key(origins, form)
        if let base = packed[key] { return base }
        let base: View.Base
        if let memory = shared.memory(key, of: origins) {
            base = addConstant(memory)
        } else {
            let memory = memoryPool.allocate(byteCount)
            base = addConstant(memory)
            packing.add {
                Pages.populate(UnsafeRawBufferPointer(memory.bytes), for: .writing)
                fill(memory.bytes)
            }
            unpublished.append((memory, key, origins))
        }
        packed[key] = base
        return base
    }

    /// Lets other plans use what this one has packed; all constants are filled.
    func publish() {
        shared.prune()
        for (memory, key, origins) in unpublished { shared.add(memory, key, of: origins) }
    }

    /// Whether a node makes elements of data without any (a sum, a product of depth 0), for which kernels are not made.
    /// A concatenation may well have an empty part.
    func isMadeFromNothing(_ node: Node) throws -> Bool {
        guard !(node.op is Concatenation), let input = node.input(0) else { return false }
        return try type(of: input).shape.contains(0)
    }

    // MARK: Buffers

    /// Gives a node's output its memory: a part of a concatenation's buffer where that was decided and kernels can write
    /// there, else a buffer of its own with the halo that its consumers asked for.
    mutating func allocate(_ id: ValueID, _ order: PhysicalOrder) throws -> View {
        if let part = requests.parts[id] {
            let whole = try views[part.whole] ?? allocate(part.whole, order)
            let (elementType, shape, quantization) = try type(of: id)
            var view = whole
            view.shape = shape
            view.offset += part.start * whole.strides[part.axis]
            view.elementType = elementType
            view.quantization = quantization
            view.halo = .none
            if view.hasRuns {
                views[id] = view
                return view
            }
            requests.parts[id] = nil
        }
        let (elementType, shape, quantization) = try type(of: id)
        let halo = order == .channelsLast && shape.count == 4 ? requests.halos[id] ?? .none : .none
        let view = newBuffer(
            elementType: elementType, shape: shape, quantization: quantization, order: order, halo: halo)
        views[id] = view
        return view
    }

    /// A new buffer, its halo filled.
    mutating func newBuffer(
        elementType: ElementType, shape: [Int], quantization: QuantizationParameters?, order: PhysicalOrder,
        halo: Halo = .none
    ) -> View {
        var padded = shape
        if !halo.isEmpty {
            padded[2] += halo.top + halo.bottom
            padded[3] += halo.left + halo.right
        }
        let strides = order == .channelsLast ? Self.channelsLastStrides(padded) : Tensor.rowMajorStrides(padded)
        let isCarried = quantization?.isPerTensor ?? false
        var view = View(
            base: .buffer(buffers.count), offset: 0, shape: shape, strides: strides, elementType: elementType,
            quantization: quantization, isFlipped: isCarried && elementType == .int8, halo: halo)
        if !halo.isEmpty { view.offset = halo.top * strides[2] + halo.left * strides[3] }
        buffers.append(Buffer(byteCount: padded.reduce(1, *) * view.elementSize))
        if !halo.isEmpty { fillHalo(of: view) }
        return view
    }

    private static func channelsLastStrides(_ shape: [Int]) -> [Int] {
        guard shape.count >= 3 else { return Tensor.rowMajorStrides(shape) }
        var strides = Array(repeating: 1, count: shape.count)
        var next = shape[1]
        for axis in stride(from: shape.count - 1, through: 2, by: -1) {
            strides[axis] = next
            next *= shape[axis]
        }
        strides[0] = next
        return strides
    }

    private mutating func fillHalo(of view: View) {
        guard let image = view.image else { return }
        var args = octet_halo_args()
        args.strides = image.cStrides
        args.images = Int64(image.images)
        args.rows = Int64(image.rows)
        args.columns = Int64(image.columns)
        args.channels = Int64(image.channels)
        args.top = Int64(view.halo.top)
        args.bottom = Int64(view.halo.bottom)
        args.left = Int64(view.halo.left)
        args.right = Int64(view.halo.right)
        args.element_size = Int32(view.elementSize)
        args.value = view.isFloat ? 0 : UInt32(truncatingIfNeeded: view.carrierZeroPoint)
        emit(
            kernels.fill_halo, "fill_halo", args, tasks: image.images, [(\octet_halo_args.interior, view)])
        // What follows writes the pixels between, or comes before that.
        steps[steps.count - 1].isBesideNext = true
    }

    // MARK: Steps

    /// Emits a kernel call.
    /// - Parameters:
    ///   - pointers: the address fields of the block and the views they point to, what is written last.
    ///   - precision: the element type it computes in, if not that of what it writes.
    mutating func emit<Arguments>(
        _ kernel: octet_kernel?, _ kernelName: String, _ arguments: Arguments, tasks: Int,
        _ pointers: [(PartialKeyPath<Arguments>, View)], multiplyAccumulates: Int = 0, precision: ElementType? = nil
    ) {
        emit(
            kernel, kernelName, arguments, tasks: tasks, pointers.fields(), multiplyAccumulates: multiplyAccumulates,
            precision: precision)
    }

    /// The same with the places of the address fields in the block; what is written comes last.
    mutating func emit<Arguments>(
        _ kernel: octet_kernel?, _ kernelName: String, _ arguments: Arguments, tasks: Int,
        _ fields: [(fieldOffset: Int, view: View)], multiplyAccumulates: Int = 0, precision: ElementType? = nil
    ) {
        for (_, view) in fields { touch(view.base) }
        let bindings = fields.map { offset, view in
            PlanStep.Binding(fieldOffset: offset, base: view.base, byteOffset: view.byteOffset)
        }
        let written = fields.last?.view
        steps.append(
            PlanStep(
                kernel: kernel, block: withUnsafeBytes(of: arguments) { Array($0) }, bindings: bindings,
                taskCount: tasks,
                description: StepDescription(
                    node: nodeLabel, operatorName: currentOperators ?? currentNode.op.name, kernel: kernelName,
                    elementType: (precision ?? written?.elementType ?? .float32).rawValue,
                    multiplyAccumulates: multiplyAccumulates,
                    note: written?.elementType == .float32 ? reasonForReals : "")))
    }

    /// Emits the plain evaluation of the current node.
    mutating func emitReference(_ op: any TensorOperator, inputs: [View?], outputs: [View?], note: String) {
        for case let view? in inputs + outputs { touch(view.base) }
        steps.append(
            PlanStep(
                kernel: nil, block: [], bindings: [], taskCount: 1,
                evaluation: ReferenceEvaluation(
                    op: op, node: currentNode.name, inputs: inputs, outputs: outputs),
                description: StepDescription(
                    node: nodeLabel, operatorName: op.name, kernel: "reference",
                    elementType: (outputs.first??.elementType ?? .float32).rawValue, multiplyAccumulates: 0,
                    note: note)))
    }

    /// Shows a value to the caller after the last step; `view` is dense and row-major.
    mutating func emitVisit(of id: ValueID, _ view: View) {
        guard !steps.isEmpty else { return }
        touch(view.base, at: steps.count - 1)
        steps[steps.count - 1].visits.append(
            PlanVisit(
                value: id.index, base: view.base, byteOffset: view.byteOffset, elementType: view.elementType,
                shape: view.shape, quantization: view.quantization))
    }

    /// Keeps a buffer alive to the end of the plan.
    mutating func keepToEnd(_ view: View) {
        touch(view.base, at: Int.max - 1)
    }

    /// Marks a buffer as holding data before the first step (an input of the graph).
    mutating func keepFromStart(_ view: View) {
        touch(view.base, at: 0)
    }

    private mutating func touch(_ base: View.Base, at step: Int? = nil) {
        guard case .buffer(let index) = base else { return }
        let step = step ?? steps.count
        buffers[index].firstStep = min(buffers[index].firstStep, step)
        buffers[index].lastStep = max(buffers[index].lastStep, step)
    }

    private var nodeLabel: String {
        if !currentNode.name.isEmpty { return currentNode.name }
        return currentNode.outputs.first.flatMap { $0.map { graph[$0].name } } ?? ""
    }
}

/// The operator of steps that belong to no node (bringing inputs in).
private struct InputPlaceholder: Operator {
    static let name = "Input"

    func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] { [] }
}

extension ImageGeometry {
    var cStrides: octet_strides {
        octet_strides(image: Int64(imageStride), row: Int64(rowStride), pixel: Int64(pixelStride))
    }
}

extension Array {
    /// Address fields by their places in the block.
    func fields<Arguments>() -> [(fieldOffset: Int, view: View)] where Element == (PartialKeyPath<Arguments>, View) {
        map { field, view in
            guard let offset = MemoryLayout<Arguments>.offset(of: field) else {
                preconditionFailure("\(field) is no stored field")
            }
            return (offset, view)
        }
    }
}
