public import ModelGraph
internal import Operators
internal import TensorCore

/// How a node of a graph is going to run, and why not faster.
public struct NodeExecution: Sendable, Hashable {
    /// The ways a node can run, the fastest first.
    public enum Way: String, Sendable, CaseIterable, Comparable {
        /// Its result follows from shapes and constants and is there before the first run.
        case beforehand
        /// By a kernel, or as a part of the kernel of a node before it.
        case kernel
        /// By its plain evaluation, which is slow.
        case reference
        /// It cannot be run.
        case never = "not at all"

        public static func < (left: Way, right: Way) -> Bool {
            allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
        }
    }

    /// The node's name, or that of its output; in a graph inside a node behind that node's name and a slash.
    public var node: String
    public var operatorName: String
    public var way: Way
    /// Why it does not run by a kernel; empty when it does.
    public var reason: String
}

extension CompiledExecutor {
    /// How each node would run, those of graphs inside nodes after the node they are in.
    /// - Throws: `invalidModel` when types contradict.
    public func explain(_ graph: Graph, inputTypes: [ValueType]) throws -> [NodeExecution] {
        let (graph, order, known) = try inferred(graph, inputTypes)
        let refused = refusals(graph, order: order, known: known)
        let slow = refused.isEmpty ? try interpreted(graph, order: order, known: known) : [:]
        return try order.flatMap { id -> [NodeExecution] in
            let node = graph[id]
            var execution = NodeExecution(
                node: node.name.isEmpty ? node.outputs.compactMap { $0 }.first.map { graph[$0].name } ?? "" : node.name,
                operatorName: node.op.opaque?.type ?? node.op.name, way: .kernel, reason: "")
            if node.outputs.allSatisfy({ $0.map { known[$0] != nil } ?? true }) {
                execution.way = .beforehand
            } else if let reason = refused[id] {
                (execution.way, execution.reason) = (.never, reason)
            } else if let reason = slow[id] ?? (refused.isEmpty ? nil : Lowering.missing(for: node.op)) {
                (execution.way, execution.reason) = (.reference, reason)
            }
            return [execution] + (refused[id] == nil ? try inside(node, named: execution.node, in: graph, known) : [])
        }
    }

    /// The nodes that cannot be run, with the reason.
    private func refusals(_ graph: Graph, order: [NodeID], known: [ValueID: Tensor]) -> [NodeID: String] {
        var refused: [NodeID: String] = [:]
        for id in order {
            do {
                try ReferenceExecutor(maximumBytes: memoryLimit).check(graph[id], in: graph, known: known)
            } catch let error as OctetError {
                let found = error.found.map { " (\($0))" } ?? ""
                refused[id] = (error.node.map { "node '\($0)' inside it: " } ?? "") + error.message + found
            } catch {
                refused[id] = "\(error)"
            }
        }
        return refused
    }

    /// The nodes that are interpreted, with the reason. A part whose shapes are not known yet is judged by what there
    /// are kernels for.
    private func interpreted(_ graph: Graph, order: [NodeID], known: [ValueID: Tensor]) throws -> [NodeID: String] {
        if Compiler.canCompile(graph, order: order, known: known) {
            try checkMemory(graph, order: order)
            return try compiler.interpreted(graph, order: order, known: known)
        }
        let segments = try GraphSegments(graph, order: order, known: known, keeping: [])
        var reasons = segments.interpreted
        for part in segments.parts {
            var part = part
            let order = try part.executionOrder()
            let known = try part.inferTypes(inputTypes: part.inputs.map { part[$0].type })
            if Compiler.canCompile(part, order: order, known: known) {
                reasons.merge(try compiler.interpreted(part, order: order, known: known)) { $1 }
            } else {
                for id in order { reasons[id] = Lowering.missing(for: part[id].op) }
            }
        }
        return reasons
    }

    private func inside(
        _ node: Node, named name: String, in graph: Graph, _ known: [ValueID: Tensor]
    ) throws -> [NodeExecution] {
        guard let owner = node.op.owningSubgraphs else { return [] }
        let inputs = InferenceInputs(
            types: node.inputs.map { $0.map { graph[$0].type } },
            constants: node.inputs.map { $0.flatMap { graph[$0].constant ?? known[$0] } },
            outputCount: node.outputs.count)
        return try owner.subgraphs(inputs).flatMap { body, types -> [NodeExecution] in
            // A body whose types contradict is one that is never run.
            let executions = (try? explain(body, inputTypes: types)) ?? []
            return executions.map { execution in
                var execution = execution
                execution.node = name + "/" + execution.node
                return execution
            }
        }
    }
}
