public import ModelGraph
internal import Operators
internal import TensorCore

/// Turns a network in float16 or bfloat16 into one that computes in float32.
///
/// Weights are widened, which is exact; inputs are cast as they come in, outputs as they go out, so callers see the
/// types of the file. What lies between is no longer rounded to 16 bits after every operator: results are at least as
/// accurate as the file's own arithmetic, and run on float32 kernels.
public enum WidenHalfPrecision {
    private static func isNarrow(_ type: ElementType) -> Bool { type == .float16 || type == .bfloat16 }

    /// - Returns: the graph itself when it has no 16-bit floats, or has an operator that insists on them.
    public static func widen(_ graph: Graph) throws -> Graph {
        guard graph.valueIDs.contains(where: { isNarrow($0, in: graph) }) else { return graph }
        var wide = graph
        for id in graph.valueIDs where isNarrow(id, in: graph) { try widenValue(id, in: &wide) }
        for id in graph.nodeIDs {
            guard let cast = graph[id].op as? Cast, isNarrow(cast.to) else { continue }
            wide.updateNode(id) { $0.op = Cast(to: .float32) }
        }
        var names = ValueNames()
        try castInputs(of: &wide, as: graph, &names)
        try castOutputs(of: &wide, as: graph, &names)
        try wide.inferTypes()
        let borders = Set(graph.inputs + graph.outputs)
        let isWide = wide.valueIDs.allSatisfy { borders.contains($0) || !isNarrow($0, in: wide) }
        return isWide ? wide : graph
    }

    private static func isNarrow(_ id: ValueID, in graph: Graph) -> Bool {
        graph[id].elementType.map(isNarrow) ?? false
    }

    private static func widenValue(_ id: ValueID, in graph: inout Graph) throws {
        if let constant = graph[id].constant { graph[id].constant = try constant.converted(to: .float32) }
        guard var type = graph[id].type.tensorType else { return }
        type.elementType = .float32
        graph[id].type = .tensor(type)
    }

    private static func castInputs(of wide: inout Graph, as original: Graph, _ names: inout ValueNames) throws {
        for input in original.inputs where isNarrow(input, in: original) {
            let name = names.unused("\(wide[input].name)_float32", in: wide)
            let inside = wide.addValue(name: name, type: wide[input].type)
            for id in wide.nodeIDs where wide[id].inputs.contains(input) {
                wide.updateNode(id) { node in node.inputs = node.inputs.map { $0 == input ? inside : $0 } }
            }
            wide[input].type = original[input].type
            try wide.addNode(Node(name: "", op: Cast(to: .float32), inputs: [input], outputs: [inside]))
        }
    }

    private static func castOutputs(of wide: inout Graph, as original: Graph, _ names: inout ValueNames) throws {
        for output in Set(original.outputs).sorted() where isNarrow(output, in: original) {
            guard let producer = wide.producer(of: output), let type = original[output].type.tensorType else {
                continue
            }
            let name = names.unused("\(wide[output].name)_float32", in: wide)
            let inside = wide.addValue(name: name, type: wide[output].type)
            var node = wide[producer]
            node.outputs = node.outputs.map { $0 == output ? inside : $0 }
            try wide.replaceNode(producer, with: node)
            for id in wide.nodeIDs where wide[id].inputs.contains(output) {
                wide.updateNode(id) { node in node.inputs = node.inputs.map { $0 == output ? inside : $0 } }
            }
            wide[output].type = original[output].type
            try wide.addNode(
                Node(name: "", op: Cast(to: type.elementType), inputs: [inside], outputs: [output]))
        }
    }
}
