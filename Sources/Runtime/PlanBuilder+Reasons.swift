internal import ModelGraph
internal import Operators
internal import TensorCore

extension PlanBuilder {
    /// Why the current node's result is in reals and not in integers.
    var reasonForReals: String {
        guard hasQuantizedValues else { return "the network is not quantized" }
        let op = currentNode.op
        if op is Dequantize { return "brings integers to a reader that wants reals" }
        let inputs = currentNode.inputs.compactMap { $0 }
        if let first = inputs.first, graph[first].isQuantized {
            let output = currentNode.outputs.first.flatMap { $0 }
            return
                "computed from integers; nothing gives \(output.map { "'\(graph[$0].name)'" } ?? "its result") a scale"
        }
        if op.quantizable == nil { return "\(op.name) has no integer form" }
        guard let real = inputs.first(where: { constant($0) == nil && !graph[$0].isQuantized }) else {
            return "its data are constant"
        }
        return "its input '\(graph[real].name)' is in reals"
    }
}
