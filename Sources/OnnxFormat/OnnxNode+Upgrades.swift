internal import ModelGraph
internal import TensorCore

extension OnnxNode {
    /// Reading: turns an attribute of an older version into the constant input of the newer one.
    mutating func moveIntsToInput(_ attribute: String, _ index: Int) throws {
        guard let values = try takeInts(attribute) else { return }
        setConstantInput(index, attribute, Tensor(values.map(Int64.init), shape: [values.count]))
    }

    /// Reading: turns an attribute of an older version into the constant scalar input of the newer one.
    mutating func moveFloatToInput(_ attribute: String, _ index: Int) throws {
        guard let value = try takeFloat(attribute) else { return }
        setConstantInput(index, attribute, Tensor(scalar: value))
    }

    /// Writing: turns a constant input into the attribute of an older version.
    mutating func moveInputToInts(_ index: Int, _ attribute: String) throws {
        guard let values = try takeConstantInput(index)?.integers else { return }
        attributes[attribute] = .ints(values)
    }

    /// Writing: turns a constant scalar input into the attribute of an older version.
    mutating func moveInputToFloat(_ index: Int, _ attribute: String) throws {
        guard let value = try takeConstantInput(index)?.floats?.first else { return }
        attributes[attribute] = .float(value)
    }

    /// Writing: gives a constant float input the element type of input 0, as newer versions want it.
    mutating func matchElementType(ofInput index: Int, suffix: String) {
        guard let wanted = inputTypes.first??.elementType, index < inputTypes.count,
            let found = inputTypes[index]?.elementType, wanted != found,
            let tensor = constantInput(index), let floats = tensor.floats
        else { return }
        switch wanted {
        case .float16: setConstantInput(index, suffix, Tensor(floats.map { Half($0) }, shape: tensor.shape))
        case .bfloat16: setConstantInput(index, suffix, Tensor(floats.map { BFloat16($0) }, shape: tensor.shape))
        case .float32: setConstantInput(index, suffix, Tensor(floats, shape: tensor.shape))
        case .float64: setConstantInput(index, suffix, Tensor(floats.map(Double.init), shape: tensor.shape))
        default: return
        }
    }

    /// Writing: leaves an attribute out where it has its default.
    mutating func put(_ attribute: String, _ value: Int, unless standard: Int) {
        if value != standard { attributes[attribute] = .int(value) }
    }

    /// Writing: leaves a truth value out where it has its default.
    mutating func put(_ attribute: String, _ value: Bool, unless standard: Bool) {
        if value != standard { attributes[attribute] = .int(value ? 1 : 0) }
    }

    /// A form that Octet has no operator for: the node becomes opaque.
    func unsupported(_ message: String) -> OctetError {
        OctetError(.unsupported, message, node: name, operatorName: type)
    }
}
