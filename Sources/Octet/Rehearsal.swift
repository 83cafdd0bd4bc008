internal import ModelGraph
internal import OnnxFormat
internal import Operators
internal import Runtime
internal import Synchronization
internal import TensorCore

/// A small network prepared while a file is being read, on a thread that would only wait.
///
/// Swift makes the types that generic code needs, and looks for their conformances, when they are first used. From a
/// file to a result that is a thousand times, and 1.5 ms in the first network of a process, as long as it takes to read
/// one of fifty layers. The rehearsal goes the same way with a network of ten layers, so that all this is there when
/// the real one comes.
enum Rehearsal {
    private static let hasBegun = Atomic(false)

    /// Says that a rehearsal begins.
    /// - Returns: true once in a process.
    static func begin() -> Bool { !hasBegun.exchange(true, ordering: .relaxed) }

    /// Goes as far as there is time. What goes wrong with the made-up network is no concern of the real one's.
    static func rehearse(_ executor: CompiledExecutor, until isOver: () -> Bool) {
        _ = try? session(executor, until: isOver)
    }

    /// Prepares the network and runs it.
    /// - Returns: the session that ran it; `nil` when there was no time.
    static func session(_ executor: CompiledExecutor, until isOver: () -> Bool) throws -> InferenceSession? {
        guard !isOver() else { return nil }
        OnnxReader.makeReady()
        let graph = try RehearsalNetwork.graph()
        guard !isOver() else { return nil }
        let simplified = try Model(graph: graph).simplified()
        guard !isOver() else { return nil }
        let own = CompiledExecutor(kernels: executor.compiler.kernels, pool: executor.pool)
        let session = InferenceSession(graph: simplified, executor: own)
        let types = try session.concreteInputTypes()
        guard !isOver() else { return nil }
        _ = try session.prepare(types)
        guard !isOver() else { return nil }
        _ = try session.run([RehearsalNetwork.input: Tensor(.float32, shape: RehearsalNetwork.inputShape)])
        return session
    }
}

/// The layers that most networks for images are made of, between QuantizeLinear and DequantizeLinear as in their files.
private struct RehearsalNetwork {
    static let input = "image"
    static let inputShape = [1, 3, 8, 8]
    private static let channels = 16
    private static let scale: Float = 1 / 64

    private var graph = Graph()

    static func graph() throws -> Graph {
        var network = RehearsalNetwork()
        try network.build()
        return network.graph
    }

    private mutating func build() throws {
        let image = graph.addValue(
            name: Self.input, type: .tensor(TensorType(.float32, fixedShape: Self.inputShape)))
        graph.inputs = [image]
        let window = SpatialWindow(kernel: [3, 3], padding: .explicit([1, 1, 1, 1]))
        let first = try convolved(quantized(image), [Self.channels, 3, 3, 3], window)
        let stem = try quantized(node(Relu(), [first]))
        let pooled = try quantized(node(MaxPool(window: window), [stem]))
        let pointwise = SpatialWindow(kernel: [1, 1])
        let expanded = try clipped(convolved(pooled, [Self.channels, Self.channels, 1, 1], pointwise))
        let depthwise = try clipped(convolved(expanded, [Self.channels, 1, 3, 3], window, group: Self.channels))
        let projected = try quantized(convolved(depthwise, [Self.channels, Self.channels, 1, 1], pointwise))
        let sum = try quantized(node(Addition(), [projected, pooled]))
        let joined = try quantized(node(Concatenation(axis: 1), [sum, pooled]), scale: 2 * Self.scale)
        let mean = try quantized(node(GlobalAveragePool(), [joined]))
        let shape = graph.addConstant(name: "shape", Tensor([Int64(1), -1], shape: [2]))
        let row = try quantized(node(Reshape(), [mean, shape]))
        let scores = try node(Gemm(transposesB: true), [row] + parameters([Self.channels, 2 * Self.channels]))
        graph.outputs = [try quantized(scores)]
    }

    private mutating func convolved(
        _ input: ValueID, _ weights: [Int], _ window: SpatialWindow, group: Int = 1
    ) throws -> ValueID {
        try node(Convolution(window: window, group: group), [input] + parameters(weights))
    }

    private mutating func clipped(_ input: ValueID) throws -> ValueID {
        let bounds = [0, 6].map { graph.addConstant(name: "bound", Tensor(scalar: Float($0))) }
        return try quantized(node(Clip(), [input] + bounds))
    }

    /// Weights in int8 and a bias in int32, with a scale for each output channel.
    private mutating func parameters(_ shape: [Int]) throws -> [ValueID] {
        let weights = Tensor([Int8](repeating: 1, count: shape.reduce(1, *)), shape: shape)
        let bias = Tensor([Int32](repeating: 1, count: shape[0]), shape: [shape[0]])
        return [try dequantized(weights, scale: Self.scale), try dequantized(bias, scale: Self.scale * Self.scale)]
    }

    private mutating func dequantized(_ codes: Tensor, scale: Float) throws -> ValueID {
        let scales = Tensor([Float](repeating: scale, count: codes.shape[0]), shape: [codes.shape[0]])
        return try node(
            DequantizeLinear(axis: 0),
            [graph.addConstant(name: "codes", codes), graph.addConstant(name: "scales", scales)])
    }

    private mutating func quantized(_ input: ValueID, scale: Float = scale) throws -> ValueID {
        let scale = graph.addConstant(name: "scale", Tensor(scalar: scale))
        let zeroPoint = graph.addConstant(name: "zero point", Tensor(scalar: UInt8(0)))
        let codes = try node(QuantizeLinear(), [input, scale, zeroPoint])
        return try node(DequantizeLinear(), [codes, scale, zeroPoint])
    }

    private mutating func node(_ op: any Operator, _ inputs: [ValueID]) throws -> ValueID {
        let output = graph.addValue(name: "value \(graph.valueCapacity)", type: .unknown)
        try graph.addNode(Node(name: "", op: op, inputs: inputs, outputs: [output]))
        return output
    }
}
