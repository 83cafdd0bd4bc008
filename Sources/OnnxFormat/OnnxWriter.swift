public import ModelGraph
internal import TensorCore
internal import WireFormats

/// Writes ONNX models.
public enum OnnxWriter {
    /// How a model is written.
    public struct Options: Sendable {
        /// The lowest version of ONNX's own operator set to write; a model keeps its own where that is higher or its
        /// operators need it. A model of an older one is raised to it, unless an operator that Octet does not know
        /// changed in between; then it keeps its own.
        public var operatorSet: Int
        /// Above this many bytes the tensors go to a file of their own beside the model, `NAME.onnx.data`.
        public var externalDataThreshold: Int
        /// Quantizes to 16 bits by ONNX Runtime's operators, in a model that cannot be raised to operator set 21.
        var usesMicrosoftBorders = false

        /// - Parameters:
        ///   - operatorSet: the file's own version, or what its operators need, where that is higher.
        ///   - externalDataThreshold: at most 2 GB, which is what a protobuf message can be.
        public init(operatorSet: Int = 13, externalDataThreshold: Int = 2_000_000_000) {
            self.operatorSet = operatorSet
            self.externalDataThreshold = externalDataThreshold
        }
    }

    /// Writes a graph; the same graph always gives the same bytes.
    ///
    /// Constants that no node reads are left out. Quantization must stand in explicit nodes.
    /// - Throws: `unsupported` for an operator that ONNX does not have, or that the operator set to be written changed
    ///   and Octet does not know; `invalidArgument` when a value carries quantization parameters; `inputOutput` when
    ///   the file cannot be written.
    public static func write(_ graph: Graph, to path: String, options: Options = Options()) throws {
        do {
            let (message, externalData) = try encodeRaisingVersion(graph, path: path, options: options)
            let dataFile = try externalData?.write(to: path + ".data")
            let file = try AtomicFile(path: path)
            try message.write { try file.append($0) }
            try dataFile?.commit()
            try file.commit()
        } catch let error as OctetError {
            throw error.at(file: path)
        }
    }

    private static func encodeRaisingVersion(
        _ graph: Graph, path: String, options: Options
    ) throws -> (ProtobufWriter, OnnxExternalDataWriter?) {
        do {
            return try encode(graph, path: path, options: options)
        } catch let error as OctetError where error.kind == .unsupported {
            var lowered = options
            lowered.operatorSet = min(graph.metadata.operatorSets[""] ?? options.operatorSet, options.operatorSet)
            var others = lowered.operatorSet < options.operatorSet ? [lowered] : []
            lowered.usesMicrosoftBorders = true
            others.append(lowered)
            for other in others {
                do {
                    return try encode(graph, path: path, options: other)
                } catch is OctetError {
                    continue
                }
            }
            throw error
        }
    }

    private static func encode(
        _ graph: Graph, path: String, options: Options
    ) throws -> (ProtobufWriter, OnnxExternalDataWriter?) {
        let protobufLimit = Int(Int32.max)
        let fileName = path.split(separator: "/").last.map(String.init) ?? path
        var operatorSets = graph.metadata.operatorSets
        operatorSets[""] = max(operatorSets[""] ?? 1, options.operatorSet)
        var isExternal = false
        while true {
            let externalData = isExternal ? OnnxExternalDataWriter(fileName: fileName + ".data") : nil
            let context = OnnxWriteContext(
                operatorSets: operatorSets, externalData: externalData,
                usesMicrosoftBorders: options.usesMicrosoftBorders)
            let message = try model(graph, context: context)
            if context.neededSets != operatorSets {
                operatorSets = context.neededSets
            } else if !isExternal, message.byteCount > min(options.externalDataThreshold, protobufLimit) {
                isExternal = true
            } else if message.byteCount > protobufLimit {
                throw OctetError(
                    .resourceLimit, "the model is too large for ONNX even without its tensors",
                    expected: "at most \(protobufLimit) bytes", found: "\(message.byteCount)")
            } else {
                return (message, externalData)
            }
        }
    }

    private static func model(_ graph: Graph, context: OnnxWriteContext) throws -> ProtobufWriter {
        let metadata = graph.metadata
        var graphMessage = ProtobufWriter()
        var graphWriter = OnnxGraphWriter(graph, context: context)
        try graphWriter.write(into: &graphMessage)
        let operatorSets = context.neededSets
        let formatVersion = max(
            metadata.formatVersion, context.neededFormat,
            OnnxWriteContext.formatVersion(operatorSet: operatorSets[""] ?? 1))
        var writer = ProtobufWriter()
        writer.add(1, Int(formatVersion))
        let texts = [
            (2, metadata.producerName), (3, metadata.producerVersion), (4, metadata.domain),
        ]
        for (field, text) in texts where !text.isEmpty { writer.add(field, text) }
        if metadata.modelVersion != 0 { writer.add(5, Int(metadata.modelVersion)) }
        if !metadata.documentation.isEmpty { writer.add(6, metadata.documentation) }
        writer.add(7, graphMessage)
        for (domain, version) in operatorSets.sorted(by: { $0.key < $1.key }) {
            writer.add(8) { set in
                set.add(1, domain)
                set.add(2, version)
            }
        }
        for property in metadata.properties { writer.add(14, property) }
        writer.add(encoded: metadata.carriedFields)
        return writer
    }
}
