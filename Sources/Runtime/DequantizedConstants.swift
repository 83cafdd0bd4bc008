internal import ModelGraph
internal import Operators
internal import TensorCore

/// Contents of values that are there before the run, beside the constants.
struct KnownContents {
    var tensors: [ValueID: Tensor]
    /// What those were computed of that follow from constants alone, by their storage.
    var origins: [ObjectIdentifier: ConstantOrigin] = [:]
}

extension Graph {
    /// What nodes make of constants that are stored in integers and read as reals: computed once, when a plan is made.
    func dequantizedConstants() throws -> KnownContents {
        var contents = KnownContents(tensors: [:])
        for id in nodeIDs where self[id].op is Dequantize || self[id].op is DequantizeLinear {
            let node = self[id]
            guard let op = node.op.onTensors, let output = node.outputs.first ?? nil,
                !outputs.contains(output), let type = self[output].type.tensorType, type.elementType == .float32,
                let shape = type.fixedShape
            else { continue }
            let inputs = node.inputs.map { $0.flatMap { self[$0].constant } }
            guard zip(node.inputs, inputs).allSatisfy({ ($0 == nil) == ($1 == nil) }) else { continue }
            let facts = InferenceInputs(
                types: inputs.map { $0.map { .tensor($0.type) } }, constants: inputs, outputCount: 1)
            do {
                try op.checkSupport(facts)
                let values = Tensor(.float32, shape: shape)
                try op.evaluate(inputs, into: [values])
                contents.tensors[output] = values
                contents.origins[ObjectIdentifier(values.storage)] = ConstantOrigin(
                    tensors: inputs.compactMap { $0 }, derivation: "\(op)")
            } catch let error as OctetError {
                throw error.at(node: node.name, operatorName: node.op.name)
            }
        }
        return contents
    }
}
