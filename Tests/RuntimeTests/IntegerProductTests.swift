import Kernels
import ModelGraph
import Operators
import Runtime
import TensorCore
import Testing

/// Dynamically quantized products, compiled, against the plain evaluation: the same bits.
@Suite struct IntegerProductTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var rows: [Int]
        var depth: Int
        var channels: Int
        /// Of unsigned weights; signed weights around 0 without.
        var zeroPoint: UInt8?

        var testDescription: String { "\(rows) × \(depth) × \(channels)" }
    }

    static let cases = [
        Case(rows: [1], depth: 1, channels: 1), Case(rows: [3], depth: 7, channels: 5),
        Case(rows: [2, 9], depth: 64, channels: 33), Case(rows: [17], depth: 130, channels: 96),
        Case(rows: [2, 5], depth: 33, channels: 32, zeroPoint: 119),
        Case(rows: [4], depth: 9, channels: 7, zeroPoint: 128),
    ]

    @Test(arguments: cases)
    func compiledEqualsReference(_ shape: Case) throws {
        let graph = try Self.graph(shape)
        for offset in [Float(0), -1, 3] {
            let count = shape.rows.reduce(shape.depth, *)
            let values = (0..<count).map { offset + Float(($0 * 7919) % 211) / 97 }
            let input = Datum.tensor(Tensor(values, shape: shape.rows + [shape.depth]))
            let expected = try ReferenceExecutor().prepare(graph, inputTypes: [Self.type(shape)], keeping: [])
                .run([input])
            for set in InstructionSet.supported {
                let executor = CompiledExecutor(kernels: try KernelTable(set), pool: try ThreadPool(threads: 2))
                let prepared = try executor.prepare(graph, inputTypes: [Self.type(shape)])
                let session = try #require(prepared as? Session)
                let found = try session.run([input])
                #expect(found.compactMap { $0.tensor?.floats } == expected.compactMap { $0.tensor?.floats }, "\(set)")
            }
        }
    }

    private static func type(_ shape: Case) -> TensorType {
        TensorType(.float32, fixedShape: shape.rows + [shape.depth])
    }

    /// x → DynamicQuantizeLinear → MatMulInteger → Cast → Mul.
    private static func graph(_ shape: Case) throws -> Graph {
        var graph = Graph(name: "product")
        let x = graph.addValue(name: "x", type: .tensor(type(shape)))
        graph.inputs = [x]
        let codes = (0..<shape.depth * shape.channels).map { Int8(truncatingIfNeeded: $0 * 37 % 255 - 127) }
        let (size, unsigned) = ([shape.depth, shape.channels], codes.map { UInt8(bitPattern: $0) })
        let w = graph.addConstant(
            name: "w", shape.zeroPoint == nil ? Tensor(codes, shape: size) : Tensor(unsigned, shape: size))
        let zero = graph.addConstant(
            name: "zero", shape.zeroPoint.map { Tensor(scalar: $0) } ?? Tensor(scalar: Int8(0)))
        func value(_ name: String) -> ValueID { graph.addValue(name: name, type: .unknown) }
        let (quantized, scale, zeroPoint) = (value("q"), value("s"), value("z"))
        let (sums, reals, y) = (value("sums"), value("reals"), value("y"))
        let nodes: [(any Operator, [ValueID?], [ValueID?])] = [
            (DynamicQuantizeLinear(), [x], [quantized, scale, zeroPoint]),
            (IntegerMatrixMultiplication(), [quantized, w, zeroPoint, zero], [sums]),
            (Cast(to: .float32), [sums], [reals]), (Multiplication(), [reals, scale], [y]),
        ]
        for (op, inputs, outputs) in nodes {
            try graph.addNode(Node(name: "", op: op, inputs: inputs, outputs: outputs))
        }
        graph.outputs = [y]
        try graph.inferTypes()
        return graph
    }
}
