public import ModelGraph
internal import TensorCore

/// A node of an ONNX file that no row understands. It keeps what the file said, and is written back with it.
public struct OnnxOpaqueOperator: OpaqueOperator {
    /// What the type is called where no single node is meant.
    public static let name = "Opaque"

    /// The operator type as the file names it.
    public let type: String
    /// The domain it comes from, empty for ONNX's own.
    public let domain: String
    /// Why Octet does not know it.
    public let reason: String
    /// The last inputs of the node that are outer values used inside its subgraphs.
    let captureCount: Int
    /// The version of the operator set that the file wrote the node against.
    let version: Int
    let attributes: OnnxAttributes
    /// Further fields of the `NodeProto` (overload, device configurations), as they stood.
    let extraFields: [UInt8]

    /// The type as the file names it.
    public var name: String { type }

    /// Nothing is known of the outputs.
    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        Array(repeating: .unknown, count: inputs.outputCount)
    }
}
