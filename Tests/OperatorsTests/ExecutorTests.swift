import ModelGraph
import Operators
import TensorCore
import Testing

@Suite struct ExecutorTests {
    private struct Unknown: OpaqueOperator {
        static let name = "Opaque"
        let domain = "com.example"
        let type = "Frobnicate"
        let reason = "no row reads it"

        func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] { [.unknown] }
    }

    /// A chain of unary operators on a vector of symbolic length.
    private func chain(_ operators: [any Operator], _ type: ElementType = .float32) throws -> Graph {
        var graph = Graph()
        var value = graph.addValue(name: "x", type: .tensor(type, [.symbol("N")]))
        graph.inputs = [value]
        for (index, op) in operators.enumerated() {
            let output = graph.addValue(name: "v\(index)", type: .unknown)
            try graph.addNode(Node(name: "n\(index)", op: op, inputs: [value], outputs: [output]))
            value = output
        }
        graph.outputs = [value]
        return graph
    }

    @Test func runsForAnyLengthAndShowsKeptValues() throws {
        let graph = try chain([Negative(), Relu(), SquareRoot()])
        let kept = try #require(graph.value(named: "v1"))
        let type = TensorType(.float32, shape: [.symbol("N")])
        let prepared = try ReferenceExecutor().prepare(graph, inputTypes: [type], keeping: [kept])
        for length in [1, 3] {
            var seen: [[Float]] = []
            let x = Tensor([Float](repeating: -4, count: length), shape: [length])
            let outputs = try prepared.run([.tensor(x)]) { id, tensor in
                #expect(id == kept)
                seen.append(tensor.elements(as: Float.self))
            }
            #expect(seen == [[Float](repeating: 4, count: length)])
            #expect(outputs[0].tensor?.elements(as: Float.self) == [Float](repeating: 2, count: length))
        }
    }

    @Test func dataDecidesShapes() throws {
        let graph = try chain([NonZero(), ShapeOf()])
        let prepared = try ReferenceExecutor().prepare(
            graph, inputTypes: [TensorType(.float32, fixedShape: [4])], keeping: [])
        let output = try prepared.run([.tensor(Tensor([Float(0), 5, 0, 7], shape: [4]))])
        #expect(output[0].tensor?.integers == [1, 2])
    }

    @Test func refusesBeforeItRuns() throws {
        let type = TensorType(.float32, fixedShape: [4])
        for (graph, type, expected) in [
            (try chain([Unknown()]), type, OctetError.Kind.unsupported),
            (try chain([Exponential()], .int32), TensorType(.int32, fixedShape: [4]), .unsupported),
            (try chain([Relu()]), TensorType(.float64, fixedShape: [4]), .invalidArgument),
            (try chain([Flatten(axis: 9)]), type, .invalidModel),
        ] {
            #expect(
                kind { _ = try ReferenceExecutor().prepare(graph, inputTypes: [type], keeping: []) } == expected)
        }
        let prepared = try ReferenceExecutor().prepare(chain([Relu()]), inputTypes: [type], keeping: [])
        #expect(kind { _ = try prepared.run([.tensor(Tensor([Float(1)], shape: [1]))]) } == .invalidData)
    }

    @Test func refusesMoreMemoryThanAllowed() throws {
        var graph = Graph()
        let shape = graph.addValue(name: "shape", type: .tensor(.int64, [2]))
        let big = graph.addValue(name: "big", type: .unknown)
        try graph.addNode(Node(name: "fill", op: ConstantOfShape(), inputs: [shape], outputs: [big]))
        graph.inputs = [shape]
        graph.outputs = [big]
        let prepared = try ReferenceExecutor(maximumBytes: 1 << 20).prepare(
            graph, inputTypes: [TensorType(.int64, fixedShape: [2])], keeping: [])
        for extents: [Int64] in [[1 << 40, 1 << 40], [1 << 62, 2], [1024, 1024], [1, -1]] {
            #expect(kind { _ = try prepared.run([.tensor(indices(extents))]) } != nil)
        }
        #expect(try prepared.run([.tensor(indices([512, 512]))])[0].tensor?.count == 1 << 18)
    }

    @Test func aDeclaredShapeIsNotTrusted() throws {
        var graph = Graph()
        let x = graph.addValue(name: "x", type: .tensor(.float32, [8]))
        let places = graph.addValue(name: "places", type: .tensor(.int64, [1, 2]))
        let turned = graph.addValue(name: "turned", type: .tensor(.int64, [2, 1]))
        try graph.addNode(Node(name: "find", op: NonZero(), inputs: [x], outputs: [places]))
        try graph.addNode(Node(name: "turn", op: Transpose(), inputs: [places], outputs: [turned]))
        graph.inputs = [x]
        graph.outputs = [turned]
        let prepared = try ReferenceExecutor().prepare(
            graph, inputTypes: [TensorType(.float32, fixedShape: [8])], keeping: [])
        let output = try prepared.run([.tensor(Tensor([Float](repeating: 1, count: 8), shape: [8]))])
        #expect(output[0].tensor?.shape == [8, 1])
    }

    @Test func quantizedValuesNeedARule() throws {
        var graph = Graph()
        let parameters = QuantizationParameters(scale: 0.1, zeroPoint: 0)
        let type = TensorType(.uint8, fixedShape: [4], quantization: parameters)
        let x = graph.addValue(name: "x", type: .tensor(type))
        let y = graph.addValue(name: "y", type: .tensor(type))
        try graph.addNode(Node(name: "sigmoid", op: Sigmoid(), inputs: [x], outputs: [y]))
        graph.inputs = [x]
        graph.outputs = [y]
        #expect(
            kind { _ = try ReferenceExecutor().prepare(graph, inputTypes: [type], keeping: []) } == .unsupported)
    }
}
