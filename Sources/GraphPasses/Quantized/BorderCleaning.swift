internal import ModelGraph
internal import Operators
internal import TensorCore

/// Puts the borders that are left in order.
enum BorderCleaning {
    static func clean(_ graph: inout Graph) throws {
        try joinBorders(in: &graph)
        shareDequantizers(in: &graph)
        removeUnusedBorders(from: &graph)
        restoreConstantNames(in: &graph)
    }

    /// A Quantize of a dequantized value is a Requantize, or nothing at all when the parameters are the same.
    private static func joinBorders(in graph: inout Graph) throws {
        let results = Set(graph.outputs)
        let consumers = graph.consumers()
        for id in try graph.executionOrder() {
            guard graph.contains(id), graph[id].op is Quantize, let float = graph[id].input(0),
                let output = graph[id].outputs.first ?? nil,
                let producer = graph.producer(of: float), graph[producer].op is Dequantize,
                let source = graph[producer].input(0), let from = graph[source].type.tensorType,
                let to = graph[output].type.tensorType
            else { continue }
            if from.elementType == to.elementType, from.quantization == to.quantization, !results.contains(output) {
                graph.removeNode(id)
                for consumer in consumers[output] where graph.contains(consumer) {
                    graph.updateNode(consumer) { node in node.inputs = node.inputs.map { $0 == output ? source : $0 } }
                }
            } else {
                graph.updateNode(id) { node in
                    node.op = Requantize()
                    node.inputs = [source]
                }
            }
        }
    }

    /// One Dequantize is enough for all float readers of a value.
    private static func shareDequantizers(in graph: inout Graph) {
        let results = Set(graph.outputs)
        var first = ValueMap<ValueID>(capacity: graph.valueCapacity)
        let consumers = graph.consumers()
        for id in graph.nodeIDs where graph[id].op is Dequantize {
            guard let input = graph[id].input(0), let output = graph[id].outputs.first ?? nil else { continue }
            guard let shared = first[input] else {
                first[input] = output
                continue
            }
            guard !results.contains(output) else { continue }
            graph.removeNode(id)
            for consumer in consumers[output] where graph.contains(consumer) {
                graph.updateNode(consumer) { node in node.inputs = node.inputs.map { $0 == output ? shared : $0 } }
            }
        }
    }

    private static func removeUnusedBorders(from graph: inout Graph) {
        let results = Set(graph.outputs)
        var changed = true
        while changed {
            changed = false
            let consumers = graph.consumers()
            for id in graph.nodeIDs where graph[id].op.isQuantizationBorder {
                let isUsed = graph[id].outputs.contains { output in
                    output.map { results.contains($0) || !consumers[$0].isEmpty } ?? false
                }
                if !isUsed {
                    graph.removeNode(id)
                    changed = true
                }
            }
        }
    }

    /// A quantized constant takes the name of the float tensor it stands for, where that is free now.
    private static func restoreConstantNames(in graph: inout Graph) {
        let consumers = graph.consumers()
        let suffix = "_quantized"
        var restored: [String: ValueID] = [:]
        for id in graph.valueIDs where graph[id].isConstant && graph[id].isQuantized {
            let name = graph[id].name
            guard name.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8), !consumers[id].isEmpty else {
                continue
            }
            restored[String(Substring(name.utf8.dropLast(suffix.utf8.count)))] = id
        }
        guard !restored.isEmpty else { return }
        let results = Set(graph.outputs)
        var unused: [String: Int] = [:]
        for id in graph.valueIDs
        where consumers[id].isEmpty && !graph[id].isConstant && graph.producer(of: id) == nil
            && !results.contains(id) && !graph.inputs.contains(id)
        {
            let name = graph[id].name
            if restored[name] != nil { unused[name, default: 0] += 1 }
        }
        for (name, id) in restored where unused[name] == 1 { graph[id].name = name }
    }
}
