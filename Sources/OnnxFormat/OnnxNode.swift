internal import ModelGraph
internal import TensorCore

/// A node between the file and the graph: attributes by name, inputs and outputs by tensor name ("" = left out).
///
/// Reading consumes attributes; one that no row asked for makes the node opaque, so nothing is dropped silently.
struct OnnxNode {
    var type: String
    var domain: String
    var name: String
    var inputs: [String]
    var outputs: [String]
    var attributes: [String: OnnxAttribute]
    /// The version of the node's operator set in the file being read or written.
    var version: Int
    /// Constants that a row adds because an attribute became an input in a later version, or the reverse.
    var addedConstants: [(name: String, tensor: Tensor)] = []
    /// The contents of an input if it is an initializer or the output of a Constant node (reading only).
    var constantInput: (Int) -> Tensor? = { _ in nil }

    /// Takes an attribute out, so that what is left at the end was understood by nobody.
    /// - Throws: `invalidModel` when it is there with another type.
    mutating func takeInt(_ name: String) throws -> Int? {
        switch attributes.removeValue(forKey: name) {
        case nil: nil
        case .int(let value)?: value
        default: throw wrongType(name, "an integer")
        }
    }

    mutating func takeFloat(_ name: String) throws -> Float? {
        switch attributes.removeValue(forKey: name) {
        case nil: nil
        case .float(let value)?: value
        default: throw wrongType(name, "a float")
        }
    }

    mutating func takeInts(_ name: String) throws -> [Int]? {
        switch attributes.removeValue(forKey: name) {
        case nil: nil
        case .ints(let values)?: values
        default: throw wrongType(name, "a list of integers")
        }
    }

    mutating func takeFloats(_ name: String) throws -> [Float]? {
        switch attributes.removeValue(forKey: name) {
        case nil: nil
        case .floats(let values)?: values
        default: throw wrongType(name, "a list of floats")
        }
    }

    mutating func takeString(_ name: String) throws -> String? {
        switch attributes.removeValue(forKey: name) {
        case nil: nil
        case .string(let bytes)?: String(decoding: bytes, as: UTF8.self)
        default: throw wrongType(name, "a string")
        }
    }

    mutating func takeTensor(_ name: String) throws -> Tensor? {
        switch attributes.removeValue(forKey: name) {
        case nil: nil
        case .tensor(let tensor)?: tensor
        default: throw wrongType(name, "a tensor")
        }
    }

    mutating func takeGraph(_ name: String) throws -> Graph? {
        switch attributes.removeValue(forKey: name) {
        case nil: nil
        case .graph(let graph)?: graph
        default: throw wrongType(name, "a graph")
        }
    }

    /// Gives the node a constant as input `index`; missing inputs before it are left out.
    mutating func setConstantInput(_ index: Int, _ suffix: String, _ tensor: Tensor) {
        while inputs.count <= index { inputs.append("") }
        let base = outputs.first { !$0.isEmpty } ?? name
        let constantName = "\(base)_\(suffix)"
        addedConstants.append((constantName, tensor))
        inputs[index] = constantName
    }

    private func wrongType(_ attribute: String, _ expected: String) -> OctetError {
        OctetError(
            .invalidModel, "attribute '\(attribute)' has the wrong type", node: name, operatorName: type,
            expected: expected)
    }
}
