import Foundation
import ModelGraph
import OnnxFormat
import TensorCore
import TestSupport
import Testing

/// Published models survive being read, written and read again.
@Suite(.enabled(if: TestData.isAvailableOrRequired))
struct RealModelTests {
    @Test func modelsAreThere() {
        #expect(!TestData.files(in: "models", ending: ".onnx").isEmpty)
    }

    @Test(arguments: TestData.files(in: "models", ending: ".onnx"))
    func roundTripKeepsStructureAndInitializers(path: String) throws {
        let scratch = try ScratchFolder()
        let original = try OnnxReader.read(path: path)
        try OnnxWriter.write(original, to: scratch("model.onnx"), options: .init(operatorSet: 1))
        let copy = try OnnxReader.read(path: scratch("model.onnx"))
        let (expected, found) = (try original.structure, try copy.structure)
        #expect(expected.count == found.count)
        let difference = zip(expected, found).first { $0 != $1 }.map { "\($0.prefix(500))\n\($1.prefix(500))" }
        #expect(difference == nil)
        #expect(copy.metadata.producerName == original.metadata.producerName)
        #expect(copy.metadata.operatorSets == original.metadata.operatorSets)
    }

    @Test(arguments: TestData.files(in: "models", ending: ".onnx"))
    func theSameGraphGivesTheSameBytes(path: String) throws {
        let scratch = try ScratchFolder()
        try OnnxWriter.write(OnnxReader.read(path: path), to: scratch("model.onnx"))
        let copy = try OnnxReader.read(path: scratch("model.onnx"))
        #expect((copy.metadata.operatorSets[""] ?? 0) >= 13)
        try OnnxWriter.write(copy, to: scratch("again.onnx"))
        let first = try Data(contentsOf: URL(filePath: scratch("model.onnx")))
        #expect(try first == Data(contentsOf: URL(filePath: scratch("again.onnx"))))
    }
}
