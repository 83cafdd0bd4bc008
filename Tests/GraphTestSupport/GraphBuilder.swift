public import ModelGraph
internal import Operators
public import TensorCore

/// Builds small graphs for tests, with seeded contents.
public struct GraphBuilder {
    public var graph = Graph(name: "test")
    private var random: SplitMix

    public init(seed: UInt64 = 1) {
        random = SplitMix(state: seed)
    }

    /// A float32 input.
    public mutating func input(_ name: String, _ shape: [Dimension]) -> ValueID {
        let id = graph.addValue(name: name, type: .tensor(.float32, shape))
        graph.inputs.append(id)
        return id
    }

    public mutating func constant(_ name: String, _ values: [Float], _ shape: [Int]) -> ValueID {
        graph.addConstant(name: name, Tensor(values, shape: shape))
    }

    public mutating func integers(_ name: String, _ values: [Int64]) -> ValueID {
        graph.addConstant(name: name, Tensor(values, shape: [values.count]))
    }

    /// A constant of seeded numbers between `low` and `high`.
    public mutating func random(_ name: String, _ shape: [Int], _ low: Float = -1, _ high: Float = 1) -> ValueID {
        graph.addConstant(name: name, randomTensor(shape, low, high))
    }

    public mutating func randomTensor(_ shape: [Int], _ low: Float = -1, _ high: Float = 1) -> Tensor {
        let values = (0..<shape.reduce(1, *)).map { _ in low + (high - low) * random.unit() }
        return Tensor(values, shape: shape)
    }

    /// A node with one output of the node's name.
    @discardableResult
    public mutating func node(_ name: String, _ op: any Operator, _ inputs: [ValueID?]) throws -> ValueID {
        let output = graph.addValue(name: name, type: .unknown)
        try graph.addNode(Node(name: name, op: op, inputs: inputs, outputs: [output]))
        return output
    }

    /// A convolution with seeded weights and bias.
    public mutating func convolution(
        _ name: String, _ x: ValueID, inputs: Int, outputs: Int, kernel: Int = 3, bias: Bool = true,
        group: Int = 1, weightRange: Float = 0.5
    ) throws -> ValueID {
        let w = random("\(name).weight", [outputs, inputs / group, kernel, kernel], -weightRange, weightRange)
        let b = bias ? random("\(name).bias", [outputs], -0.2, 0.2) : nil
        let pad = kernel / 2
        let window = SpatialWindow(padding: .explicit([pad, pad, pad, pad]))
        return try node(name, Convolution(window: window, group: group), bias ? [x, w, b] : [x, w])
    }

    /// The graph with these results and inferred types.
    public func finish(_ outputs: ValueID...) throws -> Graph {
        var graph = graph
        graph.outputs = outputs
        try graph.inferTypes()
        return graph
    }
}

/// The SplitMix64 generator.
public struct SplitMix: Sendable {
    private var state: UInt64

    public init(state: UInt64) {
        self.state = state
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// A float in 0 ..< 1.
    public mutating func unit() -> Float {
        Float(next() >> 40) * 0x1p-24
    }
}

extension Graph {
    /// Runs by the reference evaluation.
    public func evaluate(_ inputs: Tensor...) throws -> [Tensor] {
        let prepared = try ReferenceExecutor().prepare(self, inputTypes: inputs.map(\.type), keeping: [])
        return try prepared.run(inputs.map(Datum.tensor)).compactMap(\.tensor)
    }

    /// The contents of a value of this name in one run.
    public func evaluate(_ name: String, _ inputs: Tensor...) throws -> Tensor? {
        guard let id = value(named: name) else { return nil }
        let prepared = try ReferenceExecutor().prepare(self, inputTypes: inputs.map(\.type), keeping: [id])
        var kept: Tensor?
        _ = try prepared.run(inputs.map(Datum.tensor)) { _, tensor in kept = tensor.copied() }
        return kept
    }

    /// The operators' names in execution order.
    public func operatorNames() throws -> [String] {
        try executionOrder().map { self[$0].op.name }
    }

    /// The node of this name.
    public func node(named name: String) -> Node? {
        nodeIDs.first { self[$0].name == name }.map { self[$0] }
    }
}

/// The operators of a graph in execution order.
public func operators(_ graph: Graph) throws -> [String] {
    try graph.operatorNames()
}
