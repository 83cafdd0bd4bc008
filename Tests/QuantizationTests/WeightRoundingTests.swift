import GraphTestSupport
import ModelGraph
import Operators
import TensorCore
import Testing

@testable import Quantization

@Suite struct WeightRoundingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var op: any Operator
        var input: [Int]
        var weights: [Int]
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "3x3, padded", op: convolution(pads: [1, 1, 1, 1]), input: [2, 3, 7, 6], weights: [4, 3, 3, 3]),
        Case(
            name: "stride, dilation", op: convolution(strides: [2, 3], dilations: [2, 1], pads: [2, 0, 1, 3]),
            input: [1, 2, 9, 11], weights: [3, 2, 3, 2]),
        Case(name: "1x1, stride", op: convolution(strides: [2, 2]), input: [1, 4, 6, 5], weights: [2, 4, 1, 1]),
        Case(
            name: "depthwise", op: convolution(pads: [0, 1, 2, 1], group: 6), input: [1, 6, 5, 5],
            weights: [6, 1, 3, 3]),
        Case(name: "groups", op: convolution(group: 2), input: [1, 6, 4, 4], weights: [4, 3, 2, 2]),
        Case(name: "one axis", op: convolution(strides: [2], pads: [1, 0]), input: [2, 3, 10], weights: [5, 3, 4]),
        Case(name: "matrix product", op: MatrixMultiplication(), input: [2, 3, 5], weights: [5, 4]),
        Case(name: "Gemm", op: Gemm(transposesB: true), input: [3, 5], weights: [4, 5]),
    ]

    private static func convolution(
        strides: [Int]? = nil, dilations: [Int]? = nil, pads: [Int]? = nil, group: Int = 1
    ) -> Convolution {
        Convolution(
            window: SpatialWindow(strides: strides, dilations: dilations, padding: .explicit(pads)), group: group)
    }

    private static func random(_ shape: [Int], seed: UInt64) -> Tensor {
        var random = SplitMix(state: seed)
        return Tensor((0..<shape.reduce(1, *)).map { _ in random.unit() * 2 - 0.7 }, shape: shape)
    }

    /// A graph with the case's node alone, and the layer it is.
    private static func layer(_ example: Case) throws -> (LinearLayer, weights: Tensor, input: Tensor, result: Tensor) {
        let weights = random(example.weights, seed: 1)
        let input = random(example.input, seed: 2)
        var graph = Graph(name: "layer")
        let x = graph.addValue(name: "x", type: .tensor(input.type))
        graph.inputs = [x]
        let w = graph.addConstant(name: "w", weights)
        let y = graph.addValue(name: "y", type: .unknown)
        let node = try graph.addNode(Node(name: "n", op: example.op, inputs: [x, w], outputs: [y]))
        graph.outputs = [y]
        let run = try ReferenceExecutor().prepare(graph, inputTypes: [input.type], keeping: [])
        let result = try #require(try run.run([.tensor(input)]).first?.tensor)
        return (try #require(LinearLayer(node, of: graph)), weights, input, result)
    }

    @Test(arguments: cases) func productsOfPatchesAreTheLayersResult(example: Case) throws {
        let (layer, weights, input, result) = try Self.layer(example)
        let rows = layer.rows(of: weights)
        #expect(
            layer.tensor(rows: rows, shape: weights.shape).elements(as: Float.self) == weights.elements(as: Float.self))
        let positions = try layer.positions(of: input)
        let sums = try layer.patchSums(of: input)
        let expected = result.elements(as: Float.self)
        let plane = layer.isChannelsFirst ? result.shape[2...].reduce(1, *) : 1
        let all = layer.groups * layer.channels
        #expect(positions * all == expected.count)
        for group in 0..<layer.groups {
            let patches = try layer.rows(at: Array(0..<positions), group: group, of: input)
            for index in 0..<layer.depth {
                let sum = (0..<positions).reduce(0.0) { $0 + Double(patches[$1 * layer.depth + index]) }
                #expect(abs(sum - sums[group * layer.depth + index]) < 1e-9)
            }
            for position in 0..<positions {
                for channel in group * layer.channels..<(group + 1) * layer.channels {
                    let product = (0..<layer.depth).reduce(Float(0)) {
                        $0 + patches[position * layer.depth + $1] * rows[channel * layer.depth + $1]
                    }
                    let place = (position / plane * all + channel) * plane + position % plane
                    #expect(abs(product - expected[place]) < 1e-4)
                }
            }
        }
    }

    @Test(arguments: cases) func sensitivityIsThePowerOfTheWeightsOfAChannel(example: Case) throws {
        let (layer, weights, input, _) = try Self.layer(example)
        let channels = layer.isChannelsFirst ? input.shape[1] : input.shape[input.rank - 1]
        let sensitivity = layer.sensitivity(of: weights)
        #expect(sensitivity.count == channels)
        #expect(abs(sensitivity.reduce(0, +) - weights.power) < 1e-9 * weights.power)
    }

    @Test(arguments: [QuantizationScheme.Granularity.channel, .tensor])
    func roundingByLayerLosesLessThanToTheNearest(granularity: QuantizationScheme.Granularity) throws {
        let (graph, _) = try QuantizerTests.residualNetwork()
        // Neighbours alike, as in pictures: what varies by itself leaves nothing to gain.
        let samples = (0..<8).map { (index: Int) -> Tensor in
            let coarse = Self.random([3, 2, 2], seed: UInt64(index)).elements(as: Float.self)
            var values = Self.random([192], seed: UInt64(index + 100)).elements(as: Float.self)
            for place in values.indices {
                let (channel, row, column) = (place / 64, place % 64 / 8, place % 8)
                values[place] = 0.1 * values[place] + coarse[channel * 4 + row / 4 * 2 + column / 4]
            }
            return Tensor(values, shape: [1, 3, 8, 8])
        }
        let data = CalibrationSamples(samples.map { [$0] })
        var plan = try QuantizationPlan(for: graph, scheme: QuantizationScheme(granularity: granularity))
        try plan.quantizeWeights(of: graph)
        var calibrator = try Calibrator(graph, plan: plan, method: MinMaxRange())
        try calibrator.observe(data, executor: ReferenceExecutor())
        calibrator.apply(to: &plan)
        let node = try #require(graph.nodeIDs.first { graph[$0].name == "conv1" })
        var statistics = LayerStatistics(graph, plan: plan, withCovariance: true)
        for (index, sample) in samples.enumerated() {
            try statistics.take(sample, of: #require(graph[node].input(0)), sample: index, ReferenceExecutor())
        }
        var rounded = plan
        try WeightRounding.apply(statistics, to: &rounded, of: graph, ReferenceExecutor())
        let measured = try #require(statistics.all.first)
        let covariance = try #require(measured.covariance)
        let weights = try #require(graph[node].input(1).flatMap { graph[$0].constant })
        let real = measured.layer.rows(of: weights)

        func variance(_ plan: QuantizationPlan) throws -> Double {
            let entry = try #require(plan[.input(node, 1)])
            let parameters = try #require(entry.parameters)
            let codes = try ConstantCodes.codes(
                of: weights, entry, Baker.Form(elementType: .int8, parameters: parameters))
            let found = measured.layer.rows(of: try ConstantCodes.reals(of: codes))
            if case .values(let values)? = entry.replacement {
                #expect(found == measured.layer.rows(of: values))
            }
            let differences = zip(real, found).map { Double($0 - $1) }
            for (index, difference) in differences.enumerated() {
                let channel = index / measured.layer.depth
                let scale = Double(parameters.scales[parameters.scales.count == 1 ? 0 : channel])
                #expect(abs(difference) < 2 * scale)
            }
            var sum = 0.0
            for block in covariance.blocks {
                let matrix = covariance.matrix(of: block)
                for channel in 0..<measured.layer.channels {
                    let start = channel * measured.layer.depth + block.start
                    for (place, value) in matrix.enumerated() {
                        sum +=
                            differences[start + place / block.size] * differences[start + place % block.size]
                            * Double(value)
                    }
                }
            }
            return sum
        }
        #expect(try variance(rounded) < 0.9 * variance(plan))
    }
}
