public import TensorCore

extension Graph {
    /// Infers the type of every value, from the inputs' types on.
    ///
    /// - Parameters:
    ///   - inputTypes: what to assume of the graph's inputs; `nil` takes what the graph says.
    ///   - evaluateConstants: also computes the contents of values that follow from constants and known shapes
    ///     (Shape, Gather, Concat … Reshape); they are returned, the graph is not changed.
    ///   - trustsDeclaredShapes: whether what the graph says of shapes fills what inference leaves open.
    /// - Returns: the contents of values that turned out constant.
    /// - Throws: `invalidModel` naming the node where types contradict.
    @discardableResult
    public mutating func inferTypes(
        inputTypes: [ValueType]? = nil, evaluateConstants: Bool = true, trustsDeclaredShapes: Bool = true
    ) throws -> [ValueID: Tensor] {
        if let inputTypes {
            for (id, type) in zip(inputs, inputTypes) where type.isComplete || self[id].isUnknown {
                self[id].type = type
            }
        }
        var known: [ValueID: Tensor] = [:]
        for id in try executionOrder() {
            let node = self[id]
            do {
                let inferred = try inferOutputs(of: node, known: known)
                for case (let output?, let type) in zip(node.outputs, inferred) {
                    refine(output, with: type, trustsDeclaredShapes)
                }
                if evaluateConstants { try evaluateIfConstant(node, into: &known) }
            } catch let error as OctetError {
                throw error.at(node: node.name, operatorName: node.op.name)
            }
        }
        return known
    }

    /// The same for a graph whose inputs are all tensors.
    @discardableResult
    public mutating func inferTypes(
        inputTypes: [TensorType], evaluateConstants: Bool = true
    ) throws -> [ValueID: Tensor] {
        try inferTypes(inputTypes: inputTypes.map(ValueType.tensor), evaluateConstants: evaluateConstants)
    }

    /// Nothing is inferred from an input of unknown type; what the file declared stays.
    private func inferOutputs(of node: Node, known: [ValueID: Tensor]) throws -> [ValueType] {
        if node.inputs.contains(where: { $0.map { self[$0].isUnknown } ?? false }) {
            return node.outputs.map { _ in .unknown }
        }
        let constants = node.inputs.map { id in id.flatMap { self[$0].constant ?? known[$0] } }
        let inputs = InferenceInputs(
            types: node.inputs.map { $0.map { self[$0].type } }, constants: constants,
            outputCount: node.outputs.count)
        return try node.op.inferOutputs(inputs)
    }

    /// A quantized value keeps its declared element type and parameters; inference gives its shape.
    private mutating func refine(_ id: ValueID, with inferred: ValueType, _ trustsDeclaredShape: Bool) {
        let declared = self[id].type
        let refined: ValueType
        switch (declared, inferred) {
        case (.tensor(let declared), .unknown):
            refined = .tensor(
                TensorType(
                    declared.elementType, shape: trustsDeclaredShape ? declared.shape : nil,
                    quantization: declared.quantization))
        case (_, .unknown): return
        case (.tensor(let declared), .tensor(var type)):
            if declared.quantization != nil {
                type.elementType = declared.elementType
                type.quantization = declared.quantization
            }
            if trustsDeclaredShape, let known = declared.shape {
                if let shape = type.shape {
                    if known.count == shape.count, shape.contains(.unknown) {
                        type.shape = zip(shape, known).map { $0 == .unknown ? $1 : $0 }
                    }
                } else {
                    type.shape = known
                }
            }
            refined = .tensor(type)
        default: refined = inferred
        }
        // Most types are known already, and writing one means a copy of the value where graphs share it.
        if refined != declared { self[id].type = refined }
    }

    /// Small integer tensors that follow from constants: what shape arithmetic is made of.
    private func evaluateIfConstant(_ node: Node, into known: inout [ValueID: Tensor]) throws {
        guard let op = node.op.onTensors, op.canDecideShapes else { return }
        let limit = 4096
        var inputs: [Tensor?] = []
        for input in node.inputs {
            guard let input else {
                inputs.append(nil)
                continue
            }
            if let tensor = self[input].constant ?? known[input] {
                guard tensor.count <= limit else { return }
                inputs.append(tensor)
            } else if op.readsOnlyTypes, let type = self[input].type.tensorType, let shape = type.fixedShape,
                Tensor.elementCount(of: shape) != nil
            {
                inputs.append(Tensor(type.elementType, shape: shape, storage: TensorStorage(byteCount: 0)))
            } else {
                return
            }
        }
        var outputs: [Tensor?] = []
        for output in node.outputs {
            guard let output else {
                outputs.append(nil)
                continue
            }
            guard let type = self[output].type.tensorType, type.quantization == nil, let shape = type.fixedShape,
                let count = Tensor.elementCount(of: shape), count <= limit
            else { return }
            outputs.append(Tensor(type.elementType, shape: shape))
        }
        let facts = InferenceInputs(
            types: inputs.map { $0.map { .tensor($0.type) } }, constants: inputs, outputCount: outputs.count)
        guard (try? op.checkSupport(facts)) != nil else { return }
        try op.evaluate(inputs, into: outputs)
        for case (let id?, let tensor?) in zip(node.outputs, outputs) { known[id] = tensor }
    }
}
