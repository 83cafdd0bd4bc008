import Foundation
import ModelGraph
import OnnxFormat
import TensorCore
import TestSupport
import WireFormats

/// A small ONNX model that a test puts together field by field.
struct ModelFile {
    var formatVersion = 8
    var operatorSets: [(domain: String, version: Int)] = [("", 13)]
    var nodes: [ProtobufWriter] = []
    var initializers: [ProtobufWriter] = []
    var inputs: [ProtobufWriter] = []
    var outputs: [ProtobufWriter] = []
    var valueTypes: [ProtobufWriter] = []
    /// Further fields of the `ModelProto`.
    var extra = ProtobufWriter()

    var graph: ProtobufWriter {
        var writer = ProtobufWriter()
        for node in nodes { writer.add(1, node) }
        writer.add(2, "test")
        for initializer in initializers { writer.add(5, initializer) }
        for input in inputs { writer.add(11, input) }
        for output in outputs { writer.add(12, output) }
        for value in valueTypes { writer.add(13, value) }
        return writer
    }

    var bytes: [UInt8] {
        var writer = ProtobufWriter()
        writer.add(1, formatVersion)
        writer.add(7, graph)
        for set in operatorSets {
            writer.add(8) {
                $0.add(1, set.domain)
                $0.add(2, set.version)
            }
        }
        writer.add(encoded: extra.bytes)
        return writer.bytes
    }

    func read() throws -> Graph {
        let scratch = try ScratchFolder()
        return try read(in: scratch)
    }

    func read(in scratch: ScratchFolder) throws -> Graph {
        try AtomicFile.write(bytes, to: scratch("model.onnx"))
        return try OnnxReader.read(path: scratch("model.onnx"))
    }

    static func node(
        _ type: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "",
        attributes: [ProtobufWriter] = []
    ) -> ProtobufWriter {
        var writer = ProtobufWriter()
        for input in inputs { writer.add(1, input) }
        for output in outputs { writer.add(2, output) }
        if !name.isEmpty { writer.add(3, name) }
        writer.add(4, type)
        for attribute in attributes { writer.add(5, attribute) }
        if !domain.isEmpty { writer.add(7, domain) }
        return writer
    }

    /// An attribute of a kind, with its contents filled in by `body`.
    static func attribute(_ name: String, kind: Int, _ body: (inout ProtobufWriter) -> Void) -> ProtobufWriter {
        var writer = ProtobufWriter()
        writer.add(1, name)
        body(&writer)
        writer.add(20, kind)
        return writer
    }

    static func tensor(
        _ name: String, type: Int, dimensions: [Int], _ body: (inout ProtobufWriter) -> Void
    ) -> ProtobufWriter {
        var writer = ProtobufWriter()
        writer.add(1, unpacked: dimensions)
        writer.add(2, type)
        if !name.isEmpty { writer.add(8, name) }
        body(&writer)
        return writer
    }

    static func floats(_ name: String, _ values: [Float]) -> ProtobufWriter {
        tensor(name, type: 1, dimensions: [values.count]) { $0.add(4, packed: values) }
    }

    /// A value of a tensor type; `nil` extents are unknown, strings are symbols.
    static func value(_ name: String, type: Int = 1, shape: [Any?]? = []) -> ProtobufWriter {
        var writer = ProtobufWriter()
        writer.add(1, name)
        writer.add(2) {
            $0.add(1) {
                $0.add(1, type)
                guard let shape else { return }
                $0.add(2) {
                    for extent in shape {
                        $0.add(1) {
                            if let extent = extent as? Int { $0.add(1, extent) }
                            if let symbol = extent as? String { $0.add(2, symbol) }
                        }
                    }
                }
            }
        }
        return writer
    }
}

/// What reading throws, or `nil` when it does not.
func failure(_ body: () throws -> Void) -> OctetError? {
    do {
        try body()
        return nil
    } catch {
        return error as? OctetError
    }
}
