import Foundation
import ModelGraph
import Operators
import TensorCore
import TestSupport
import Testing
import WireFormats

@testable import OnnxFormat

/// Inputs, initializers, constants, names and types of a graph.
struct GraphReadingTests {
    @Test(arguments: [3, 8])
    func inputsWithAnInitializerAreConstants(formatVersion: Int) throws {
        var file = ModelFile(formatVersion: formatVersion)
        file.inputs = [ModelFile.value("w", shape: [2]), ModelFile.value("x", shape: [2])]
        file.initializers = [ModelFile.floats("w", [1, 2])]
        file.nodes = [ModelFile.node("Mystery", ["x", "w"], ["y"], domain: "test")]
        file.outputs = [ModelFile.value("y", shape: nil)]
        let graph = try file.read()
        #expect(graph.inputs.map { graph[$0].name } == ["x"])
        #expect(graph.value(named: "w").flatMap { graph[$0].constant }?.floats == [1, 2])
    }

    struct ConstantForm: CustomTestStringConvertible {
        var testDescription: String
        var attribute: ProtobufWriter
        var type: TensorType
    }

    static let constantForms: [ConstantForm] = [
        ConstantForm(
            testDescription: "value",
            attribute: ModelFile.attribute("value", kind: 4) { $0.add(5, ModelFile.floats("", [1, 2])) },
            type: TensorType(.float32, fixedShape: [2])),
        ConstantForm(
            testDescription: "value_float",
            attribute: ModelFile.attribute("value_float", kind: 1) { $0.add(2, 1 as Float) },
            type: TensorType(.float32, fixedShape: [])),
        ConstantForm(
            testDescription: "value_floats",
            attribute: ModelFile.attribute("value_floats", kind: 6) { $0.add(7, packed: [1, 2, 3] as [Float]) },
            type: TensorType(.float32, fixedShape: [3])),
        ConstantForm(
            testDescription: "value_int", attribute: ModelFile.attribute("value_int", kind: 2) { $0.add(3, 7) },
            type: TensorType(.int64, fixedShape: [])),
        ConstantForm(
            testDescription: "value_ints",
            attribute: ModelFile.attribute("value_ints", kind: 7) { $0.add(8, unpacked: [1, 2]) },
            type: TensorType(.int64, fixedShape: [2])),
        ConstantForm(
            testDescription: "value_string", attribute: ModelFile.attribute("value_string", kind: 3) { $0.add(4, "a") },
            type: TensorType(.string, fixedShape: [])),
        ConstantForm(
            testDescription: "value_strings",
            attribute: ModelFile.attribute("value_strings", kind: 8) { $0.add(9, "a") },
            type: TensorType(.string, fixedShape: [1])),
    ]

    @Test(arguments: constantForms)
    func constantNodesBecomeConstants(form: ConstantForm) throws {
        var file = ModelFile()
        file.nodes = [
            ModelFile.node("Mystery", ["c"], ["y"], domain: "test"),
            ModelFile.node("Constant", [], ["c"], attributes: [form.attribute]),
        ]
        file.outputs = [ModelFile.value("y", shape: nil)]
        let graph = try file.read()
        #expect(graph.nodeIDs.count == 1)
        #expect(graph.value(named: "c").flatMap { graph[$0].constant }?.type == form.type)
    }

    @Test func typesAndSymbolsAreKept() throws {
        var file = ModelFile()
        file.inputs = [ModelFile.value("x", type: 10, shape: ["N", 3, nil, -1, ""])]
        file.nodes = [
            ModelFile.node("Mystery", ["x"], ["h"], name: "first", domain: "test"),
            ModelFile.node("Mystery", ["h", "", "x", ""], ["", "y"], name: "first", domain: "test"),
        ]
        file.valueTypes = [ModelFile.value("h", type: 7, shape: ["N"])]
        file.outputs = [ModelFile.value("y", type: 1, shape: nil)]
        let graph = try file.read()
        #expect(graph[graph.inputs[0]].type == .tensor(.float16, [.symbol("N"), 3, .unknown, .unknown, .unknown]))
        #expect(graph.value(named: "h").map { graph[$0].type } == .tensor(.int64, [.symbol("N")]))
        let second = graph[graph.nodeIDs[1]]
        #expect(second.name == "first")
        #expect(second.inputs.map { $0.map { graph[$0].name } } == ["h", nil, "x"])
        #expect(second.outputs.map { $0.map { graph[$0].name } } == [nil, "y"])
        let scratch = try ScratchFolder()
        try OnnxWriter.write(graph, to: scratch("copy.onnx"))
        #expect(try OnnxReader.read(path: scratch("copy.onnx")).structure == graph.structure)
    }

    @Test func sequencesAndOptionalsAreKept() throws {
        var input = ProtobufWriter()
        input.add(1, "x")
        input.add(2) { $0.add(4) { $0.add(1) { $0.add(9) { $0.add(1) { $0.add(1) { $0.add(1, 1) } } } } } }
        var file = ModelFile()
        file.inputs = [input]
        file.outputs = [input]
        let graph = try file.read()
        #expect(graph[graph.inputs[0]].type == .sequence(.optional(.tensor(.float32, nil))))
        let scratch = try ScratchFolder()
        try OnnxWriter.write(graph, to: scratch("copy.onnx"))
        #expect(try OnnxReader.read(path: scratch("copy.onnx")).structure == graph.structure)
    }

    @Test func whatTheModelSaysAboutItselfIsKept() throws {
        var file = ModelFile()
        file.operatorSets.append(("test", 4))
        file.extra.add(2, "maker")
        file.extra.add(3, "1.2")
        file.extra.add(4, "org.example")
        file.extra.add(5, 42)
        file.extra.add(6, "about")
        file.extra.add(14) {
            $0.add(1, "key")
            $0.add(2, "value")
        }
        file.extra.add(25) {
            $0.add(1, "Twice")
            $0.add(4, "x")
            $0.add(5, "y")
            $0.add(7, ModelFile.node("Add", ["x", "x"], ["y"]))
            $0.add(10, "test")
        }
        file.inputs = [ModelFile.value("x", shape: [1])]
        file.nodes = [ModelFile.node("Twice", ["x"], ["y"], domain: "test")]
        file.outputs = [ModelFile.value("y", shape: [1])]
        let graph = try file.read()
        let scratch = try ScratchFolder()
        try OnnxWriter.write(graph, to: scratch("copy.onnx"))
        let copy = try OnnxReader.read(path: scratch("copy.onnx"))
        for metadata in [graph.metadata, copy.metadata] {
            #expect(metadata.producerName == "maker" && metadata.producerVersion == "1.2")
            #expect(metadata.domain == "org.example" && metadata.modelVersion == 42)
            #expect(metadata.documentation == "about" && metadata.properties.first?.value == "value")
            #expect(metadata.operatorSets == ["": 13, "test": 4])
            #expect(metadata.carriedFields == graph.metadata.carriedFields && !metadata.carriedFields.isEmpty)
        }
        // The call became the body of the function.
        #expect(copy.nodeIDs.map { copy[$0].op.name } == ["Add"])
    }

    @Test func aConvolutionIsUnderstood() throws {
        let graph = try convolution(attributes: [
            ModelFile.attribute("strides", kind: 7) { $0.add(8, packed: [2, 2]) },
            ModelFile.attribute("auto_pad", kind: 3) { $0.add(4, "SAME_UPPER") },
        ])
        let op = try #require(graph[graph.nodeIDs[0]].op as? Convolution)
        #expect(op.window.strides == [2, 2] && op.window.padding == .sameUpper)
    }

    @Test func anUnknownAttributeMakesTheNodeOpaque() throws {
        let graph = try convolution(attributes: [ModelFile.attribute("invented", kind: 2) { $0.add(3, 1) }])
        let op = try #require(graph[graph.nodeIDs[0]].op as? any OpaqueOperator)
        #expect(op.type == "Conv" && op.reason.contains("'invented'"))
    }

    @Test func anAttributeOfTheWrongTypeIsAnError() throws {
        let error = failure {
            _ = try convolution(attributes: [ModelFile.attribute("strides", kind: 2) { $0.add(3, 1) }])
        }
        #expect(error?.kind == .invalidModel && error?.operatorName == "Conv" && error?.node == "conv")
    }

    private func convolution(attributes: [ProtobufWriter]) throws -> Graph {
        var file = ModelFile()
        file.inputs = [ModelFile.value("x", shape: [1, 1, 4, 4]), ModelFile.value("w", shape: [1, 1, 1, 1])]
        file.nodes = [ModelFile.node("Conv", ["x", "w"], ["y"], name: "conv", attributes: attributes)]
        file.outputs = [ModelFile.value("y", shape: nil)]
        return try file.read()
    }
}
