public import TensorCore

/// What an operator may look at to infer its outputs.
public struct InferenceInputs {
    /// One entry an input of the node; `nil` where the input is left out.
    public let types: [ValueType?]
    /// The contents of inputs that are constant.
    public let constants: [Tensor?]
    /// How many outputs the node has, unwanted ones included.
    public let outputCount: Int

    public init(types: [ValueType?], constants: [Tensor?], outputCount: Int) {
        self.types = types
        self.constants = constants
        self.outputCount = outputCount
    }

    public var count: Int { types.count }

    public func isPresent(_ index: Int) -> Bool {
        index < types.count && types[index] != nil
    }

    /// The type of a required tensor input.
    /// - Throws: `invalidModel` when it is left out or is no tensor.
    public func tensor(_ index: Int) throws -> TensorType {
        guard index < types.count, let type = types[index] else {
            throw OctetError(.invalidModel, "input \(index) is missing")
        }
        if case .unknown = type { return TensorType(.float32, shape: nil) }
        guard let tensor = type.tensorType else {
            throw OctetError(.invalidModel, "input \(index) is no tensor", expected: "a tensor", found: "\(type)")
        }
        return tensor
    }

    /// The type of an optional tensor input.
    public func optionalTensor(_ index: Int) throws -> TensorType? {
        isPresent(index) ? try tensor(index) : nil
    }

    /// The contents of an integer input if they are known.
    public func integers(_ index: Int) -> [Int]? {
        index < constants.count ? constants[index]?.integers : nil
    }

    /// The contents of an input if they are known.
    public func constant(_ index: Int) -> Tensor? {
        index < constants.count ? constants[index] : nil
    }
}
