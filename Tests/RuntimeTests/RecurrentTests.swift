import GraphTestSupport
import Kernels
import ModelGraph
import Operators
import Runtime
import TensorCore
import Testing

/// LSTM and GRU by kernels against their plain evaluation, with the same bits on every instruction set.
@Suite struct RecurrentTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var op: any Operator
        var gates: Int
        var directions = 1
        var sequence = 5
        var batch = 1
        var width = 7
        var hidden: Int
        var hasBias = true
        var hasStates = false

        var testDescription: String {
            "\(type(of: op).name) \(op) \(sequence)x\(batch)x\(width)->\(hidden), \(hasBias), \(hasStates)"
        }
    }

    static let cases: [Case] =
        [1, 5, 16, 37, 70].map { Case(op: LongShortTermMemory(), gates: 4, hidden: $0) }
        + [
            Case(
                op: LongShortTermMemory(layer: RecurrentLayer(direction: .bidirectional)), gates: 4, directions: 2,
                batch: 3, hidden: 20, hasStates: true),
            Case(
                op: LongShortTermMemory(layer: RecurrentLayer(direction: .reverse)), gates: 4, hidden: 33,
                hasBias: false),
            Case(op: GatedRecurrentUnit(), gates: 3, hidden: 19, hasStates: true),
            Case(op: GatedRecurrentUnit(resetsAfterProduct: true), gates: 3, batch: 2, hidden: 50, hasStates: true),
            Case(
                op: GatedRecurrentUnit(
                    layer: RecurrentLayer(direction: .bidirectional), resetsAfterProduct: true), gates: 3,
                directions: 2, hidden: 24),
            Case(
                op: GatedRecurrentUnit(layer: RecurrentLayer(direction: .bidirectional)), gates: 3, directions: 2,
                sequence: 1, hidden: 9, hasBias: false),
        ]

    @Test(arguments: cases)
    func kernelsAgreeWithReference(_ layer: Case) throws {
        let (graph, x) = try network(layer)
        let expected = try graph.evaluate(x)
        var first: [[Float]]?
        for set in InstructionSet.supported {
            let executor = CompiledExecutor(kernels: try KernelTable(set), pool: try ThreadPool(threads: 2))
            let plan = try #require(try executor.plan(graph, inputTypes: [x.type]))
            #expect(plan.stepDescriptions.contains { $0.kernel == "recurrent_f32" })
            let found = try executor.prepare(graph, inputTypes: [x.type]).run([.tensor(x)]).compactMap(\.tensor)
            #expect(found.map(\.shape) == expected.map(\.shape))
            for (a, b) in zip(expected, found) {
                let (x, y) = (try #require(a.floats), try #require(b.floats))
                #expect((zip(x, y).map { abs($0 - $1) }.max() ?? 0) < 1e-5)
            }
            let results = found.compactMap(\.floats)
            #expect(first ?? results == results, "\(set) gives other bits")
            first = results
        }
    }

    private func network(_ layer: Case) throws -> (Graph, Tensor) {
        var builder = GraphBuilder(seed: 3)
        let x = builder.input("x", [.fixed(layer.sequence), .fixed(layer.batch), .fixed(layer.width)])
        let rows = layer.gates * layer.hidden
        var inputs: [ValueID?] = [
            x, builder.random("w", [layer.directions, rows, layer.width]),
            builder.random("r", [layer.directions, rows, layer.hidden], -0.5, 0.5),
            layer.hasBias ? builder.random("b", [layer.directions, 2 * rows]) : nil, nil,
        ]
        if layer.hasStates {
            for name in ["h", "c"].prefix(layer.gates == 4 ? 2 : 1) {
                inputs.append(builder.random(name, [layer.directions, layer.batch, layer.hidden]))
            }
        }
        let outputs = ["y", "last.h", "last.c"].prefix(layer.gates == 4 ? 3 : 2).map {
            builder.graph.addValue(name: $0, type: .unknown)
        }
        try builder.graph.addNode(Node(name: "layer", op: layer.op, inputs: inputs, outputs: outputs))
        var graph = builder.graph
        graph.outputs = outputs
        try graph.inferTypes()
        return (graph, builder.randomTensor([layer.sequence, layer.batch, layer.width], -2, 2))
    }
}
