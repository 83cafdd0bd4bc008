import GraphTestSupport
import ModelGraph
import Operators
import TensorCore

/// A small network of operators that plans treat specially, put together at random from a seed: convolutions with
/// borders, parts of concatenations, windows into other values, extents of 1, values that are read twice.
struct RandomNetwork {
    /// Which operators may appear.
    enum Vocabulary: CaseIterable {
        /// Those whose quantized form is exact, so that integers can be compared for equality.
        case exact
        /// Functions and normalizations as well.
        case all
    }

    private(set) var graph: Graph
    private var builder: GraphBuilder
    private var random: SplitMix
    private var values: [(id: ValueID, shape: [Int])] = []
    private var names = 0

    init(seed: UInt64, vocabulary: Vocabulary) throws {
        builder = GraphBuilder(seed: seed)
        random = SplitMix(state: seed &* 977)
        graph = builder.graph
        let shape = [
            pick([1, 1, 2]), pick([1, 2, 3, 4, 5, 8, 16, 17, 24]), pick(1...9), pick([1, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ]
        values.append((builder.input("x", shape.map(Dimension.fixed)), shape))
        let target = pick(3...10)
        var attempts = 0
        while values.count <= target, attempts < 200 {
            attempts += 1
            try grow(vocabulary)
        }
        let read = Set(builder.graph.nodeIDs.flatMap { builder.graph[$0].inputs.compactMap { $0 } })
        let made = values.dropFirst().map(\.id)
        var graph = builder.graph
        graph.outputs = made.filter { !read.contains($0) || random.unit() < 0.1 }
        try graph.inferTypes()
        self.graph = graph
    }

    /// An input of the network's shape.
    mutating func sample() -> Tensor { builder.randomTensor(values[0].shape, -2, 2) }

    // MARK: Growing

    private mutating func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element {
        let offset = Int(random.next() % UInt64(choices.count))
        return choices[choices.index(choices.startIndex, offsetBy: offset)]
    }

    private mutating func grow(_ vocabulary: Vocabulary) throws {
        let (x, shape) = random.unit() < 0.6 ? values[values.count - 1] : pick(values)
        let functions: [any Operator] =
            [Relu(), Relu(), Clip()]
            + (vocabulary == .all
                ? [Sigmoid(), HyperbolicTangent(), HardSwish(), LeakyRelu(alpha: 0.1), Exponential(), Softmax(axis: 1)]
                    as [any Operator] : [])
        switch pick(0..<(vocabulary == .all ? 21 : 16)) {
        case 0, 1, 2:
            if shape.count == 4 { try convolution(x, shape) }
        case 3:
            if shape.count == 4 { try pool(x, shape) }
        case 4, 5:
            let function = pick(functions)
            try add(function, function is Clip ? [x, scalar(-0.5), scalar(0.75)] : [x])
        case 6:
            let partners = values.filter { $0.shape == shape }
            try add(Addition(), [x, pick(partners).id])
        case 7, 8: try concatenation(x, shape)
        case 9: try slice(x, shape)
        case 10:
            var permutation = Array(shape.indices)
            for index in permutation.indices.dropLast() { permutation.swapAt(index, pick(index..<permutation.count)) }
            try add(Transpose(permutation: permutation), [x])
        case 11: try reshape(x, shape)
        case 12:
            if shape.count >= 2 { try product(x, shape) }
        case 13:
            let channel = shape.indices.map { $0 == 1 || random.unit() < 0.2 ? shape[$0] : 1 }
            let factor = builder.random(name("factor"), channel)
            try add(pick([Multiplication(), Addition(), Subtraction()] as [any Operator]), [x, factor])
        case 14: try activationInParts(x, shape)
        case 15: try resize(x, shape, .nearest)
        case 16:
            if shape.count == 4 { try transposedConvolution(x, shape) }
        case 17: try resize(x, shape, .linear)
        case 18: try add(ReduceSum(keepsDimensions: random.unit() < 0.5), [x, integers([pick(shape.indices)])])
        case 19:
            guard shape.count >= 2 else { return }
            let parameters = [-1, -1, -1, 0.5].map { builder.random(name("norm"), [shape[1]], $0, 1) }
            try add(BatchNormalization(), [x] + parameters)
        default:
            if shape.count == 4 {
                try add(pick([GlobalAveragePool(), ReduceMean(), GlobalMaxPool()] as [any Operator]), [x])
            } else {
                try add(Softmax(axis: -1), [x])
            }
        }
    }

    private mutating func name(_ prefix: String) -> String {
        names += 1
        return "\(prefix)\(names)"
    }

    private mutating func scalar(_ value: Float) -> ValueID { builder.constant(name("scalar"), [value], []) }

    private mutating func integers(_ values: [Int]) -> ValueID {
        builder.integers(name("ints"), values.map(Int64.init))
    }

    /// Adds a node unless its result would be empty or large.
    private mutating func add(_ op: any Operator, _ inputs: [ValueID?]) throws {
        let backup = builder
        let id = try builder.node(name(type(of: op).name), op, inputs)
        var graph = builder.graph
        graph.outputs = [id]
        guard (try? graph.inferTypes()) != nil, let shape = graph[id].type.tensorType?.fixedShape,
            (1...20_000).contains(shape.reduce(1, *))
        else {
            builder = backup
            return
        }
        values.append((id, shape))
    }

    private mutating func convolution(_ x: ValueID, _ shape: [Int]) throws {
        let channels = shape[1]
        let group = pick([1, 1, 1, channels, channels % 2 == 0 ? 2 : 1])
        let outputs = group * pick(group == channels ? [1, 1, 2] : [1, 2, 3, 4, 8, 16, 17, 33])
        guard outputs <= 64 else { return }
        let kernel = [pick([1, 1, 3, 3, 5, 2]), pick([1, 1, 3, 3, 5])]
        let window = SpatialWindow(
            strides: [pick([1, 1, 2]), pick([1, 1, 2, 3])], dilations: [pick([1, 1, 1, 2]), 1],
            padding: .explicit([pick(0...kernel[0] / 2), pick(0...kernel[1] / 2), kernel[0] / 2, pick(0...2)]))
        let weights = builder.random(name("w"), [outputs, channels / group] + kernel, -0.5, 0.5)
        let bias = random.unit() < 0.7 ? builder.random(name("b"), [outputs], -0.3, 0.3) : nil
        try add(Convolution(window: window, group: group), bias == nil ? [x, weights] : [x, weights, bias])
    }

    private mutating func transposedConvolution(_ x: ValueID, _ shape: [Int]) throws {
        let channels = shape[1]
        let group = pick([1, 1, channels, channels % 2 == 0 ? 2 : 1])
        let strides = [pick(1...3), pick(1...2)]
        let kernel = strides.map { $0 + pick([0, 0, 1, 2]) }
        let window = SpatialWindow(
            strides: strides, dilations: [pick([1, 1, 2]), 1],
            padding: .explicit([pick(0...1), 0, pick(0...1), pick(0...1)]))
        let weights = builder.random(name("w"), [channels, pick([1, 2, 5, 17])] + kernel, -0.5, 0.5)
        let op = TransposedConvolution(
            window: window, group: group, outputPadding: random.unit() < 0.3 ? [0, strides[1] - 1] : nil)
        try add(op, [x, weights])
    }

    /// HardSwish and a scale as older exporters write them.
    private mutating func activationInParts(_ x: ValueID, _ shape: [Int]) throws {
        try add(Addition(), [x, scalar(3)])
        try add(Clip(), [last, scalar(0), scalar(6)])
        try add(Multiplication(), pick([0, 1]) == 0 ? [x, last] : [last, x])
        try add(pick([Division(), Multiplication()] as [any Operator]), [last, scalar(6)])
        if random.unit() < 0.5 { try add(Addition(), [last, pick(values.filter { $0.shape == shape }).id]) }
    }

    private var last: ValueID { values[values.count - 1].id }

    private mutating func resize(_ x: ValueID, _ shape: [Int], _ mode: Resize.Mode) throws {
        guard shape.count >= 3 else { return }
        var op = Resize()
        op.mode = mode
        op.coordinates = pick([.halfPixel, .asymmetric, .alignCorners, .pytorchHalfPixel])
        op.rounding = pick([.floor, .preferFloor, .ceil])
        let sizes = shape.enumerated().map { axis, extent in axis < 2 ? extent : pick([extent, 2 * extent, 1, 7]) }
        try add(op, [x, nil, nil, integers(sizes)])
    }

    private mutating func pool(_ x: ValueID, _ shape: [Int]) throws {
        let kernel = [pick([2, 3]), pick([1, 2, 3])]
        let padding = [pick(0...1), 0, pick(0...1), 0]
        let window = SpatialWindow(
            kernel: kernel, strides: [pick([1, 2]), pick([1, 2])], padding: .explicit(padding))
        let ceil = random.unit() < 0.3
        try add(
            random.unit() < 0.5
                ? MaxPool(window: window, ceilMode: ceil)
                : AveragePool(window: window, ceilMode: ceil, countsPadding: random.unit() < 0.3), [x])
    }

    private mutating func concatenation(_ x: ValueID, _ shape: [Int]) throws {
        let axis = random.unit() < 0.7 && shape.count > 1 ? 1 : pick(shape.indices)
        let others = values.filter { value in
            value.shape.count == shape.count && shape.indices.allSatisfy { $0 == axis || value.shape[$0] == shape[$0] }
        }
        let parts = (0..<pick(1...2)).map { _ in pick(others).id }
        try add(Concatenation(axis: axis), random.unit() < 0.5 ? [x] + parts : parts + [x])
    }

    private mutating func slice(_ x: ValueID, _ shape: [Int]) throws {
        guard !shape.isEmpty else { return }
        let axis = pick(shape.indices)
        let start = pick(0..<shape[axis])
        let end = pick((start + 1)...shape[axis])
        try add(Slice(), [x, integers([start]), integers([end]), integers([axis]), integers([pick([1, 1, 2])])])
    }

    private mutating func reshape(_ x: ValueID, _ shape: [Int]) throws {
        switch pick(0..<4) {
        case 0: try add(Flatten(axis: pick(0...shape.count)), [x])
        case 1:
            guard shape.count == 4, let divisor = [2, 3, 4].first(where: { shape[1] % $0 == 0 }) else { return }
            try add(Reshape(), [x, integers([shape[0], divisor, shape[1] / divisor, shape[2], shape[3]])])
        case 2:
            guard shape.count == 5 else { return }
            try add(Reshape(), [x, integers([shape[0], shape[1] * shape[2], shape[3], shape[4]])])
        default:
            guard shape.count >= 2 else { return }
            try add(Reshape(), [x, integers(Array(shape.dropLast(2)) + [-1])])
        }
    }

    private mutating func product(_ x: ValueID, _ shape: [Int]) throws {
        let columns = pick([1, 2, 5, 16, 19])
        let weights = builder.random(name("w"), [shape[shape.count - 1], columns], -0.5, 0.5)
        try add(MatrixMultiplication(), [x, weights])
    }
}
