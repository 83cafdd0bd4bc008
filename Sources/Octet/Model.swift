public import GraphPasses
public import ModelGraph
internal import OnnxFormat
internal import TensorCore

/// A network from a file, ready to be inspected, quantized or run.
///
/// ```swift
/// let model = try Model(path: "digits.int8.onnx")
/// let session = try model.session()
/// let scores = try session.run(["image": image])
/// ```
public struct Model: Sendable {
    /// Where it came from; empty for a graph made in memory.
    public let path: String
    /// The network as the file has it.
    public var graph: Graph {
        didSet { file = nil }
    }
    /// The file that gave the graph, while that is as it was read.
    private var file: MappedFile?

    /// Reads a model; the format follows from the file's extension.
    /// - Throws: `inputOutput` when the file cannot be read, `invalidModel` when it is damaged, `unsupported` when its
    ///   format is not known.
    public init(path: String) throws {
        try self.init(Self.map(path))
    }

    init(_ file: MappedFile) throws {
        path = file.path
        graph = try OnnxReader.read(file)
        self.file = file
    }

    private static func map(_ path: String) throws -> MappedFile {
        guard ModelFormat(path: path) == .onnx else { throw ModelFormat.unknown(path) }
        return try MappedFile(path: path)
    }

    public init(graph: Graph, path: String = "") {
        self.graph = graph
        self.path = path
    }

    /// Writes the network. A graph that is not quantized keeps the operator set it was read with, so that nothing changes
    /// its meaning to those who read the file.
    /// - Parameters:
    ///   - format: how quantization stands in the file.
    ///   - externalDataThreshold: bytes above which the tensors go to a file of their own beside the model,
    ///     `NAME.onnx.data`; at most 2 GB, which is what an ONNX file can be.
    /// - Throws: `inputOutput` when the file cannot be written; then nothing is left of it. `invalidArgument` when the
    ///   format cannot express the network's integers.
    public func write(
        to path: String, as format: QuantizationFormat = .qdq, externalDataThreshold: Int = 2_000_000_000
    ) throws {
        guard ModelFormat(path: path) == .onnx else { throw ModelFormat.unknown(path) }
        var options = OnnxWriter.Options(externalDataThreshold: externalDataThreshold)
        let isQuantized = graph.valueIDs.contains { graph[$0].isQuantized }
        if !isQuantized, let own = graph.metadata.operatorSets[""] { options.operatorSet = own }
        try OnnxWriter.write(try LowerQuantization.lower(graph, as: format), to: path, options: options)
    }

    /// The network in the form that is run: 16-bit floats widened, quantize/dequantize pairs raised to integers, then
    /// simplified.
    public func simplified() throws -> Graph {
        do {
            let raised = try RaiseQuantization.raise(try WidenHalfPrecision.widen(graph))
            return try PassPipeline.standard.run(on: raised).graph
        } catch let error as OctetError {
            throw error.at(file: path.isEmpty ? nil : path)
        }
    }

    /// Puts a property into what the file says about itself; one of the same key gives way.
    public mutating func setProperty(_ key: String, _ value: String) {
        graph.metadata.properties.removeAll { $0.key == key }
        graph.metadata.properties.append((key, value))
    }

    /// Prepares the network for running.
    /// - Throws: `unsupported` naming the operator that cannot be run.
    public func session(_ options: ExecutionOptions = ExecutionOptions()) throws -> InferenceSession {
        do {
            return try SessionSetup(options, file: file).session(of: self)
        } catch let error as OctetError {
            throw error.at(file: path.isEmpty ? nil : path)
        }
    }

    /// Prepares the network of a file for running. The file is not even read when its compiled form lies in the folder
    /// that `options` or `OCTET_CACHE` name.
    /// - Throws: what ``init(path:)`` and ``session(_:)`` throw.
    public static func session(
        path: String, _ options: ExecutionOptions = ExecutionOptions()
    ) throws -> InferenceSession {
        do {
            let file = try map(path)
            let setup = try SessionSetup(options, file: file)
            return try setup.storedSession() ?? setup.session(of: file)
        } catch let error as OctetError {
            throw error.at(file: path)
        }
    }
}

/// The model formats that Octet reads and writes, by extension.
public enum ModelFormat: String, CaseIterable, Sendable {
    case onnx

    public init?(path: String) {
        let file = path.split(separator: "/").last ?? ""
        guard let dot = file.lastIndex(of: ".") else { return nil }
        self.init(rawValue: file[file.index(after: dot)...].lowercased())
    }

    static func unknown(_ path: String) -> OctetError {
        OctetError(
            .unsupported, "the format is not known by its extension", file: path,
            expected: allCases.map { "." + $0.rawValue }.joined(separator: ", "))
    }
}
