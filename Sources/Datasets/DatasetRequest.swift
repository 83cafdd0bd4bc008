internal import TensorCore

/// What is wanted of data: tensors for these inputs, pictures prepared in this way.
public struct DatasetRequest: Sendable {
    /// What happens to pictures and to arrays of bytes.
    public var preprocessing: Preprocessing
    /// The model's inputs that data must fill.
    public var inputs: [DatasetInput]

    /// A request for these inputs.
    public init(preprocessing: Preprocessing = .none, inputs: [DatasetInput]) {
        self.preprocessing = preprocessing
        self.inputs = inputs
    }

    /// The input that data without names goes to.
    /// - Throws: `invalidData` when the model has another number of inputs than one.
    func onlyInput(for what: String, file: String) throws -> DatasetInput {
        if inputs.count == 1, let input = inputs.first { return input }
        let names = inputs.map(\.name).joined(separator: ", ")
        throw OctetError(
            .invalidData, "\(what) cannot feed a model with \(inputs.count) inputs", file: file,
            expected: inputs.isEmpty ? "a model with an input" : "an .npz with the arrays \(names)")
    }
}
