internal import GraphPasses
internal import ModelGraph
internal import Operators
internal import TensorCore

extension QuantizationPlan {
    /// Layers whose sums nobody reads in integers give them as reals. Rounding them to 8 bits saves nothing, makes ties
    /// between a network's classes, and costs most before a function that bends within a few steps of a wide range
    /// (HardSwish, Sigmoid). Nodes behind that only move the result become float too.
    /// - Parameter results: with `integer` only where the result is one row a sample (Gemm, MatMul, a convolution over a
    ///   single position): ONNX Runtime has integer kernels with real results for these alone.
    mutating func keepResultsFloat(of graph: Graph, _ results: QuantizationScheme.Results) throws {
        let consumers = graph.consumers()
        for node in try graph.executionOrder().reversed() {
            guard let rule = rules[node], IntegerSums.give(reals: graph[node], rule),
                results == .real || givesOneRow(graph[node], graph),
                let weight = self[.input(node, 1)]?.format, weight.elementType == .int8, weight.isSymmetric,
                let moving = movingReaders(of: node, graph, consumers)
            else { continue }
            for reader in moving { makeFloat(reader, because: .floatNeighbours) }
            for index in graph[node].outputs.indices { self[.output(node, index)] = nil }
        }
    }

    /// The integer nodes behind a node when all of them only move or clamp its result; otherwise `nil`.
    private func movingReaders(of node: NodeID, _ graph: Graph, _ consumers: Consumers) -> [NodeID]? {
        var found: [NodeID] = []
        var open = [node]
        while let next = open.popLast() {
            for case let output? in graph[next].outputs {
                for reader in consumers[output] {
                    guard let rule = rules[reader] else { continue }
                    guard rule.kind == .clamping || rule.output == .sameAsInput,
                        rule.inputs.count(where: { $0 == .activation }) == 1
                    else { return nil }
                    if !found.contains(reader) {
                        found.append(reader)
                        open.append(reader)
                    }
                }
            }
        }
        return found
    }

    private func givesOneRow(_ node: Node, _ graph: Graph) -> Bool {
        guard node.op is Convolution else { return true }
        guard let shape = (node.outputs.first ?? nil).flatMap({ graph[$0].type.tensorType?.shape }) else {
            return false
        }
        return shape.dropFirst(2).allSatisfy { $0.value == 1 }
    }
}
