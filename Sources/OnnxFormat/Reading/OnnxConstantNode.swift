internal import TensorCore

/// The value of a `Constant` node, in whichever of its attributes it stands.
enum OnnxConstantNode {
    static func tensor(_ attributes: OnnxAttributes, of node: OnnxNodeMessage) throws -> Tensor {
        guard let (name, attribute) = attributes.only else {
            throw OctetError(
                .invalidModel, "a Constant has exactly one attribute", found: "\(attributes.sorted.map(\.name))")
        }
        switch (name, attribute) {
        case ("value", .tensor(let tensor)): return tensor
        case ("value_float", .float(let value)): return Tensor(scalar: value)
        case ("value_floats", .floats(let values)): return Tensor(values, shape: [values.count])
        case ("value_int", .int(let value)): return Tensor(scalar: Int64(value))
        case ("value_ints", .ints(let values)): return Tensor(values.map(Int64.init), shape: [values.count])
        case ("value_string", .string(let bytes)):
            return Tensor(strings: [String(decoding: bytes, as: UTF8.self)], shape: [])
        case ("value_strings", .strings(let strings)):
            return Tensor(strings: strings.map { String(decoding: $0, as: UTF8.self) }, shape: [strings.count])
        case ("sparse_value", _):
            throw OctetError(.unsupported, "sparse constants cannot be read")
        default:
            throw OctetError(.invalidModel, "attribute '\(name)' is not one a Constant has, or has the wrong type")
        }
    }
}
