import Foundation
import ModelGraph
import OnnxFormat
import TensorCore
import TestSupport
import Testing
import WireFormats

/// Models that break the rules are refused with an error that names the place.
struct InvalidModelTests {
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var kind = OctetError.Kind.invalidModel
        var node: String?
        var change: @Sendable (inout ModelFile) -> Void
    }

    static let cases: [Case] = [
        Case(testDescription: "an input nobody provides", node: "first") {
            $0.nodes = [ModelFile.node("Mystery", ["missing"], ["y"], name: "first", domain: "test")]
        },
        Case(testDescription: "an output nobody provides") { $0.outputs = [ModelFile.value("missing")] },
        Case(testDescription: "two producers", node: "second") {
            $0.nodes.append(ModelFile.node("Mystery", ["x"], ["y"], name: "second", domain: "test"))
        },
        Case(testDescription: "a producer of an input", node: "second") {
            $0.nodes.append(ModelFile.node("Mystery", ["y"], ["x"], name: "second", domain: "test"))
        },
        Case(testDescription: "a producer of an initializer", node: "second") {
            $0.initializers = [ModelFile.floats("w", [1])]
            $0.nodes.append(ModelFile.node("Mystery", ["y"], ["w"], name: "second", domain: "test"))
        },
        Case(testDescription: "a cycle", node: "second") {
            $0.nodes.append(ModelFile.node("Mystery", ["b"], ["a"], name: "second", domain: "test"))
            $0.nodes.append(ModelFile.node("Mystery", ["a"], ["b"], name: "third", domain: "test"))
        },
        Case(testDescription: "a node that reads itself", node: "second") {
            $0.nodes.append(ModelFile.node("Mystery", ["a"], ["a"], name: "second", domain: "test"))
        },
        Case(testDescription: "two initializers of one name") {
            $0.initializers = [ModelFile.floats("w", [1]), ModelFile.floats("w", [1])]
        },
        Case(testDescription: "an initializer without a name") { $0.initializers = [ModelFile.floats("", [1])] },
        Case(testDescription: "an input without a name") { $0.inputs.append(ProtobufWriter()) },
        Case(testDescription: "a node without a type", node: "second") {
            $0.nodes.append(ModelFile.node("", ["x"], ["z"], name: "second"))
        },
        Case(testDescription: "two inputs of one name") { $0.inputs += $0.inputs },
        Case(testDescription: "an attribute twice", node: "second") {
            let attribute = ModelFile.attribute("a", kind: 2) { $0.add(3, 1) }
            $0.nodes.append(
                ModelFile.node(
                    "Mystery", [], ["z"], name: "second", domain: "test", attributes: [attribute, attribute]))
        },
        Case(testDescription: "more attributes than any operator has", kind: .unsupported, node: "second") {
            let attributes = (0...256).map { number in ModelFile.attribute("a\(number)", kind: 2) { $0.add(3, 1) } }
            $0.nodes.append(
                ModelFile.node("Mystery", [], ["z"], name: "second", domain: "test", attributes: attributes))
        },
        Case(testDescription: "a Constant with two values", node: "second") {
            $0.nodes.append(
                ModelFile.node(
                    "Constant", [], ["z"], name: "second",
                    attributes: [
                        ModelFile.attribute("value_int", kind: 2) { $0.add(3, 1) },
                        ModelFile.attribute("value_float", kind: 1) { $0.add(2, 1 as Float) },
                    ]))
        },
        Case(testDescription: "no operator set", node: "second") {
            $0.operatorSets = [("test", 1)]
            $0.nodes.append(ModelFile.node("Relu", ["y"], ["z"], name: "second"))
        },
        Case(testDescription: "an operator set of version 0") { $0.operatorSets = [("", 0)] },
        Case(testDescription: "an operator set of the future", kind: .unsupported) { $0.operatorSets = [("", 1000)] },
        Case(testDescription: "an impossible extent") { $0.inputs = [ModelFile.value("x", shape: [1 << 50])] },
        Case(testDescription: "an input of an unknown element type", kind: .unsupported) {
            $0.inputs = [ModelFile.value("x", type: 99)]
        },
        Case(testDescription: "an input that is a map", kind: .unsupported) {
            var input = ProtobufWriter()
            input.add(1, "x")
            input.add(2) { $0.add(5) { $0.add(1, 7) } }
            $0.inputs = [input]
        },
    ]

    static var valid: ModelFile {
        var file = ModelFile()
        file.inputs = [ModelFile.value("x", shape: [1])]
        file.nodes = [ModelFile.node("Mystery", ["x"], ["y"], name: "first", domain: "test")]
        file.outputs = [ModelFile.value("y", shape: nil)]
        return file
    }

    @Test func theModelWithoutDamageIsRead() throws {
        #expect(try InvalidModelTests.valid.read().nodeIDs.count == 1)
    }

    @Test(arguments: cases)
    func damageIsAnError(testCase: Case) {
        var file = InvalidModelTests.valid
        testCase.change(&file)
        let error = failure { _ = try file.read() }
        #expect(error?.kind == testCase.kind)
        #expect(error?.node == testCase.node)
        #expect(error?.file?.hasSuffix("model.onnx") == true)
    }

    @Test func sparseInitializersAreUnsupported() throws {
        var graph = InvalidModelTests.valid.graph
        graph.add(15) { $0.add(3, 1) }
        var model = ProtobufWriter()
        model.add(7, graph)
        let scratch = try ScratchFolder()
        try AtomicFile.write(model.bytes, to: scratch("model.onnx"))
        #expect(failure { _ = try OnnxReader.read(path: scratch("model.onnx")) }?.kind == .unsupported)
    }

    @Test(arguments: [[], [0x3a, 0x00], [0x3b], [0x3a, 0x7f], [0x3a], [0xff, 0xff, 0xff], Array("not a model".utf8)])
    func filesThatAreNoModelsAreRefused(bytes: [UInt8]) throws {
        let scratch = try ScratchFolder()
        try AtomicFile.write(bytes, to: scratch("model.onnx"))
        let error = failure { _ = try OnnxReader.read(path: scratch("model.onnx")) }
        if bytes == [0x3a, 0x00] {
            #expect(error == nil)
        } else {
            #expect(error?.kind == .invalidModel)
        }
    }

    @Test func filesThatAreNotThereAreNamed() {
        let error = failure { _ = try OnnxReader.read(path: "/nonexistent/model.onnx") }
        #expect(error?.kind == .inputOutput && error?.file == "/nonexistent/model.onnx")
    }

    @Test func subgraphsMayNotLieTooDeep() throws {
        var graph = ProtobufWriter()
        for _ in 0..<200 {
            var outer = ProtobufWriter()
            outer.add(
                1,
                ModelFile.node(
                    "If", [], [], domain: "test", attributes: [ModelFile.attribute("g", kind: 5) { $0.add(6, graph) }]))
            graph = outer
        }
        var model = ProtobufWriter()
        model.add(7, graph)
        let scratch = try ScratchFolder()
        try AtomicFile.write(model.bytes, to: scratch("model.onnx"))
        #expect(failure { _ = try OnnxReader.read(path: scratch("model.onnx")) }?.kind == .invalidModel)
    }
}
