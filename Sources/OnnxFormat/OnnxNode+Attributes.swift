internal import ModelGraph
internal import TensorCore

extension OnnxNode {
    /// Takes an attribute out, so that what is left at the end was understood by nobody.
    /// - Throws: `invalidModel` when it is there with another type.
    mutating func takeInt(_ name: String) throws -> Int? {
        switch attributes.take(name) {
        case nil: nil
        case .int(let value)?: value
        default: throw wrongType(name, "an integer")
        }
    }

    mutating func takeFloat(_ name: String) throws -> Float? {
        switch attributes.take(name) {
        case nil: nil
        case .float(let value)?: value
        default: throw wrongType(name, "a float")
        }
    }

    mutating func takeInts(_ name: String) throws -> [Int]? {
        switch attributes.take(name) {
        case nil: nil
        case .ints(let values)?: values
        default: throw wrongType(name, "a list of integers")
        }
    }

    mutating func takeFloats(_ name: String) throws -> [Float]? {
        switch attributes.take(name) {
        case nil: nil
        case .floats(let values)?: values
        default: throw wrongType(name, "a list of floats")
        }
    }

    mutating func takeString(_ name: String) throws -> String? {
        switch attributes.take(name) {
        case nil: nil
        case .string(let bytes)?: String(decoding: bytes, as: UTF8.self)
        default: throw wrongType(name, "a string")
        }
    }

    mutating func takeStrings(_ name: String) throws -> [String]? {
        switch attributes.take(name) {
        case nil: nil
        case .strings(let values)?: values.map { String(decoding: $0, as: UTF8.self) }
        default: throw wrongType(name, "a list of strings")
        }
    }

    /// An integer attribute that stands for a truth value.
    mutating func takeFlag(_ name: String) throws -> Bool? {
        try takeInt(name).map { $0 != 0 }
    }

    mutating func takeTensor(_ name: String) throws -> Tensor? {
        switch attributes.take(name) {
        case nil: nil
        case .tensor(let tensor)?: tensor
        default: throw wrongType(name, "a tensor")
        }
    }

    mutating func takeGraph(_ name: String) throws -> Graph? {
        switch attributes.take(name) {
        case nil: nil
        case .graph(let graph)?: graph
        default: throw wrongType(name, "a graph")
        }
    }

    private func wrongType(_ attribute: String, _ expected: String) -> OctetError {
        OctetError(
            .invalidModel, "attribute '\(attribute)' has the wrong type", operatorName: type, expected: expected)
    }
}
