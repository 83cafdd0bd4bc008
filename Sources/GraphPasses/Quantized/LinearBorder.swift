internal import ModelGraph
internal import Operators
internal import TensorCore

/// The operators of a file that carry quantization parameters as inputs.
enum LinearBorder {
    static func isLinear(_ op: any Operator) -> Bool {
        op is QuantizeLinear || op is DequantizeLinear || op.qOperator != nil
    }

    /// Computes QuantizeLinear nodes on constants: weights that a file keeps in float behind their rounding.
    static func foldQuantizedConstants(in graph: inout Graph) throws {
        for id in try graph.executionOrder() {
            let node = graph[id]
            guard let op = node.op as? QuantizeLinear, let output = node.outputs.first ?? nil,
                !graph.outputs.contains(output), case .tensor(let type) = graph[output].type,
                let shape = type.fixedShape
            else { continue }
            let inputs = node.inputs.map { $0.flatMap { graph[$0].constant } }
            guard zip(node.inputs, inputs).allSatisfy({ ($0 == nil) == ($1 == nil) }) else { continue }
            let codes = Tensor(type.elementType, shape: shape)
            do {
                try op.evaluate(inputs, into: [codes])
            } catch let error as OctetError {
                throw error.at(node: node.name, operatorName: node.op.name)
            }
            graph.removeNode(id)
            graph[output].constant = codes
        }
    }
}
