public import TensorCore

/// Samples for a model, read one at a time; nothing is collected.
public protocol Dataset: Sendable {
    var count: Int { get }

    /// What a message calls a sample: its file's path, or its place in an array.
    func name(at index: Int) -> String

    /// The class of a sample, if the data says.
    func label(at index: Int) -> Int?

    /// One sample: a tensor for each input of the model, batch axis included.
    /// - Throws: ``UnreadableSample`` when this sample cannot be used but others may; any other error holds for all.
    func tensors(at index: Int) throws -> [String: Tensor]
}

extension Dataset {
    /// Data without labels.
    public func label(at index: Int) -> Int? { nil }
}

/// A sample that was passed over, and why: a picture that cannot be decoded.
public struct UnreadableSample: Error, Sendable, CustomStringConvertible {
    /// What a message calls the sample.
    public let name: String
    /// Why it cannot be used.
    public let reason: OctetError

    /// A sample that is passed over.
    public init(name: String, reason: OctetError) {
        self.name = name
        self.reason = reason
    }

    /// The reason as a message.
    public var description: String { reason.description }
}

/// One sample as it is handed to whoever uses the data.
public struct Sample: Sendable {
    /// Its place in the data set.
    public let index: Int
    /// What a message calls it.
    public let name: String
    /// Its class, if the data says.
    public let label: Int?
    /// A tensor for each input of the model.
    public let tensors: [String: Tensor]

    /// A sample that was read.
    public init(index: Int, name: String, label: Int?, tensors: [String: Tensor]) {
        self.index = index
        self.name = name
        self.label = label
        self.tensors = tensors
    }
}
