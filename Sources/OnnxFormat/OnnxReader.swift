public import ModelGraph
public import TensorCore
internal import WireFormats

/// Reads ONNX models.
///
/// Source: ONNX, "Open Neural Network Exchange Intermediate Representation Specification".
public enum OnnxReader {
    /// Reads a model file.
    ///
    /// The file, and files with external data beside it, are mapped into memory, and constants point into them:
    /// reading costs about as much memory as the nodes take. Constant nodes and initializers become constants of the
    /// graph. A node that Octet does not understand becomes an ``OpaqueOperator`` and survives being written again.
    /// - Throws: `inputOutput` when a file cannot be opened; `invalidModel` when it is damaged or contradicts itself;
    ///   `unsupported` for sparse initializers, unknown element types and operator sets newer than Octet knows.
    public static func read(path: String) throws -> Graph {
        try read(MappedFile(path: path))
    }

    /// Reads a model file that is mapped already. See ``read(path:)``.
    public static func read(_ file: MappedFile) throws -> Graph {
        try file.withBytes { try read($0, owner: file, path: file.path) }
    }

    /// Makes the table of operators, which the first file that is read waits for.
    public static func makeReady() { OnnxOperatorTable.makeReady() }

    /// Reads a model in memory that `owner` keeps alive; `path` is for messages and to find external data.
    static func read(_ bytes: UnsafeRawBufferPointer, owner: AnyObject, path: String) throws -> Graph {
        do {
            return try model(ProtobufReader(bytes), owner: owner, path: path)
        } catch let error as OctetError {
            throw error.at(file: path)
        }
    }

    private static func model(_ message: ProtobufReader, owner: AnyObject, path: String) throws -> Graph {
        var metadata = ModelMetadata()
        var graphMessage: ProtobufReader?
        var functions: [String: OnnxFunction] = [:]
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 1: metadata.formatVersion = try field.int64()
            case 2: metadata.producerName = try field.string()
            case 3: metadata.producerVersion = try field.string()
            case 4: metadata.domain = try field.string()
            case 5: metadata.modelVersion = try field.int64()
            case 6: metadata.documentation = try field.string()
            case 7: graphMessage = try field.message()
            case 8: try addOperatorSet(field.message(), to: &metadata)
            case 14: metadata.properties.append(try field.stringPair())
            default:
                if field.number == 25 {
                    let function = try OnnxFunction(field.message())
                    functions[function.key] = function
                }
                metadata.carriedFields.append(contentsOf: field.bytes)
            }
        }
        guard let graphMessage else {
            throw OctetError(
                .invalidModel, "the file holds no graph", expected: "an ONNX model",
                remedy: "Check that the file is an ONNX model and complete")
        }
        if metadata.operatorSets.isEmpty, metadata.formatVersion < 3 { metadata.operatorSets[""] = 1 }
        let externalData = OnnxExternalData(modelPath: path)
        let tensors = OnnxTensorReader(owner: owner, externalData: externalData)
        let context = OnnxReadContext(
            tensors: tensors, operatorSets: metadata.operatorSets, functions: functions)
        let graphReader = OnnxGraphReader(context: context, outer: nil)
        try graphReader.read(graphMessage)
        var graph = graphReader.graph
        metadata.usesOtherFiles = externalData.isUsed
        graph.metadata = metadata
        _ = try graph.executionOrder()
        return graph
    }

    private static func addOperatorSet(_ message: ProtobufReader, to metadata: inout ModelMetadata) throws {
        let (domain, version) = try operatorSet(message)
        metadata.operatorSets[domain] = version
    }

    /// An `OperatorSetIdProto`.
    static func operatorSet(_ message: ProtobufReader) throws -> (domain: String, version: Int) {
        var domain = ""
        var version = 0
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 1: domain = try field.string()
            case 2: version = try field.int()
            default: break
            }
        }
        if domain == "ai.onnx" { domain = "" }
        guard version >= 1 else {
            throw OctetError(
                .invalidModel, "the operator set '\(domain)' has an impossible version", found: "\(version)")
        }
        guard !domain.isEmpty || version <= OnnxOperatorVersions.newest else {
            throw OctetError(
                .unsupported, "the model uses an operator set newer than Octet knows",
                expected: "at most \(OnnxOperatorVersions.newest)", found: "\(version)",
                remedy: "Export the model with an older operator set")
        }
        return (domain, version)
    }
}
