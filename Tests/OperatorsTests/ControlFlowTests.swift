import ModelGraph
import Operators
import TensorCore
import Testing

/// Loops and what bounds them.
struct ControlFlowTests {
    /// A loop that adds the captured x to what it carries and gathers each sum.
    private func loop(rounds: Int64?) throws -> Graph {
        var body = Graph()
        let round = body.addValue(name: "round", type: .tensor(.int64, []))
        let condition = body.addValue(name: "condition", type: .tensor(.bool, []))
        let carried = body.addValue(name: "carried", type: .unknown)
        let captured = body.addValue(name: "x", type: .unknown)
        let sum = body.addValue(name: "sum", type: .unknown)
        body.inputs = [round, condition, carried, captured]
        try body.addNode(Node(name: "add", op: Addition(), inputs: [carried, captured], outputs: [sum]))
        body.outputs = [condition, sum, sum]

        var graph = Graph()
        let x = graph.addValue(name: "x", type: .tensor(.float32, [2]))
        graph.inputs = [x]
        let limit = rounds.map { graph.addConstant(name: "limit", Tensor(scalar: $0)) }
        let last = graph.addValue(name: "last", type: .unknown)
        let all = graph.addValue(name: "all", type: .unknown)
        try graph.addNode(
            Node(
                name: "loop", op: Loop(body: body, captureCount: 1), inputs: [limit, nil, x, x], outputs: [last, all]))
        graph.outputs = [last, all]
        return graph
    }

    private func run(_ graph: Graph, _ executor: ReferenceExecutor = ReferenceExecutor()) throws -> [Tensor] {
        let x = Tensor([1, -2] as [Float], shape: [2])
        return try executor.prepare(graph, inputTypes: [x.type], keeping: []).run([.tensor(x)]).compactMap(\.tensor)
    }

    @Test func aLoopCarriesAndGathers() throws {
        let outputs = try run(loop(rounds: 3))
        #expect(outputs[0].floats == [4, -8])
        #expect(outputs[1].shape == [3, 2])
        #expect(outputs[1].floats == [2, -4, 3, -6, 4, -8])
    }

    @Test func aLoopWithoutRoundsGivesWhatItWasGiven() throws {
        let outputs = try run(loop(rounds: 0))
        #expect(outputs[0].floats == [1, -2])
        #expect(outputs[1].shape == [0, 2])
    }

    @Test(arguments: [nil, Int64.max])
    func aLoopThatDoesNotEndIsStopped(_ rounds: Int64?) throws {
        let graph = try loop(rounds: rounds)
        #expect { try run(graph, ReferenceExecutor(maximumIterations: 100)) } throws: { error in
            (error as? OctetError)?.kind == .resourceLimit
        }
    }

    @Test func whatALoopGathersCountsAsMemory() throws {
        let graph = try loop(rounds: 1000)
        #expect { try run(graph, ReferenceExecutor(maximumBytes: 4096)) } throws: { error in
            (error as? OctetError)?.kind == .resourceLimit
        }
    }

    @Test func aBranchThatDoesNotFitIsNoErrorUntilItIsTaken() throws {
        func branch(_ op: any Operator, axes: [Int64]?) throws -> Graph {
            var graph = Graph()
            let x = graph.addValue(name: "x", type: .unknown)
            let y = graph.addValue(name: "y", type: .unknown)
            graph.inputs = [x]
            let axes = axes.map { [graph.addConstant(name: "axes", Tensor($0, shape: [$0.count]))] } ?? []
            try graph.addNode(Node(name: "", op: op, inputs: [x] + axes, outputs: [y]))
            graph.outputs = [y]
            return graph
        }
        var graph = Graph()
        let x = graph.addValue(name: "x", type: .tensor(.float32, [2]))
        let condition = graph.addValue(name: "condition", type: .tensor(.bool, []))
        let y = graph.addValue(name: "y", type: .unknown)
        graph.inputs = [x, condition]
        let op = If(
            thenBranch: try branch(Squeeze(), axes: [0]), elseBranch: try branch(Identity(), axes: nil))
        try graph.addNode(Node(name: "if", op: op, inputs: [condition, x], outputs: [y]))
        graph.outputs = [y]
        let data = Tensor([1, 2] as [Float], shape: [2])
        let prepared = try ReferenceExecutor().prepare(
            graph, inputTypes: [data.type, TensorType(.bool, shape: [])], keeping: [])
        let result = try prepared.run([.tensor(data), .tensor(Tensor(scalar: false))])
        #expect(result.first?.tensor?.floats == [1, 2])
        #expect(throws: OctetError.self) { try prepared.run([.tensor(data), .tensor(Tensor(scalar: true))]) }
    }
}
