import Foundation
import ModelGraph
import OnnxFormat
import TensorCore
import TestSupport
import Testing
import WireFormats

/// Tensors that stand in files beside the model.
struct ExternalDataTests {
    @Test func tensorsAreReadFromTheirPlaceInTheFile() throws {
        let scratch = try ScratchFolder()
        try AtomicFile.write([9, 1, 0, 2, 0, 9], to: scratch("weights.bin"))
        let graph = try model(location: "weights.bin", offset: "1", length: "4").read(in: scratch)
        let tensor = try #require(graph.value(named: "w").flatMap { graph[$0].constant })
        #expect(tensor.elements(as: Int16.self) == [1, 2])
    }

    @Test func theLengthMayBeLeftOut() throws {
        let scratch = try ScratchFolder()
        try AtomicFile.write([1, 0, 2, 0, 9], to: scratch("weights.bin"))
        let graph = try model(location: "./weights.bin").read(in: scratch)
        #expect(graph.value(named: "w").flatMap { graph[$0].constant }?.elements(as: Int16.self) == [1, 2])
    }

    @Test(arguments: ["/etc/passwd", "../weights.bin", "a/../../weights.bin", "", "link", "folder/weights.bin"])
    func pathsOutOfTheFolderAreRefused(location: String) throws {
        let outside = try ScratchFolder()
        let scratch = try ScratchFolder()
        try AtomicFile.write([1, 0, 2, 0], to: outside("weights.bin"))
        try AtomicFile.write([1, 0, 2, 0], to: scratch("weights.bin"))
        let files = FileManager.default
        try files.createSymbolicLink(atPath: scratch("link"), withDestinationPath: outside("weights.bin"))
        try files.createSymbolicLink(atPath: scratch("folder"), withDestinationPath: outside.path)
        let error = failure { _ = try model(location: location, offset: "0", length: "4").read(in: scratch) }
        #expect(error?.kind == .invalidModel)
        #expect(error?.message.contains("folder") == true)
    }

    @Test(arguments: [
        ("0", "3"), ("0", "5"), ("2", "4"), ("-1", "4"), ("99999999999999999999", "4"), ("x", "4"),
        ("9223372036854775807", "4"),
    ])
    func placesOutsideTheFileAreRefused(offset: String, length: String) throws {
        let scratch = try ScratchFolder()
        try AtomicFile.write([1, 0, 2, 0], to: scratch("weights.bin"))
        let error = failure {
            _ = try model(location: "weights.bin", offset: offset, length: length).read(in: scratch)
        }
        #expect(error?.kind == .invalidModel)
    }

    @Test func aMissingFileIsNamed() throws {
        let scratch = try ScratchFolder()
        let error = failure { _ = try model(location: "weights.bin").read(in: scratch) }
        #expect(error?.kind == .inputOutput)
        #expect(error?.message.contains("weights.bin") == true)
    }

    @Test func largeModelsAreWrittenWithTheirTensorsApart() throws {
        let scratch = try ScratchFolder()
        var file = ModelFile()
        let weights = (0..<1000).map { Float($0) }
        file.initializers = [
            ModelFile.floats("small", [1, 2]), ModelFile.floats("a", weights),
            ModelFile.floats("b", weights.reversed()),
        ]
        file.outputs = ["small", "a", "b"].map { ModelFile.value($0, shape: nil) }
        let graph = try file.read()
        try OnnxWriter.write(graph, to: scratch("model.onnx"), options: .init(externalDataThreshold: 2000))
        #expect(try Data(contentsOf: URL(filePath: scratch("model.onnx"))).count < 1000)
        #expect(try Data(contentsOf: URL(filePath: scratch("model.onnx.data"))).count == 4096 + 4000)
        let copy = try OnnxReader.read(path: scratch("model.onnx"))
        for (name, values) in [("small", [1, 2]), ("a", weights), ("b", weights.reversed())] {
            #expect(copy.value(named: name).flatMap { copy[$0].constant }?.floats == values)
        }
        // Written over itself, the tensors are read from the old files while the new ones are made.
        try OnnxWriter.write(copy, to: scratch("model.onnx"), options: .init(externalDataThreshold: 2000))
        let again = try OnnxReader.read(path: scratch("model.onnx"))
        #expect(again.value(named: "b").flatMap { again[$0].constant }?.floats == weights.reversed())
    }

    private func model(location: String, offset: String? = nil, length: String? = nil) -> ModelFile {
        var file = ModelFile()
        file.initializers = [
            ModelFile.tensor("w", type: 5, dimensions: [2]) { writer in
                for (key, value) in [("location", location), ("offset", offset), ("length", length)] {
                    guard let value else { continue }
                    writer.add(13) {
                        $0.add(1, key)
                        $0.add(2, value)
                    }
                }
                writer.add(14, 1)
            }
        ]
        file.outputs = [ModelFile.value("w", shape: nil)]
        return file
    }
}
