import Foundation
import ModelGraph
import Operators
import TensorCore
import TestSupport
import Testing
import WireFormats

@testable import OnnxFormat

/// Versions, names and refusals of the writer.
struct WriterTests {
    @Test func theOperatorSetIsThatOfTheFileButAtLeast13() throws {
        for (found, written) in [(8, 13), (13, 13), (17, 17)] {
            var file = InvalidModelTests.valid
            file.operatorSets = [("", found), ("test", 2)]
            #expect(try roundTrip(file.read()).metadata.operatorSets == ["": written, "test": 2])
        }
    }

    @Test(
        arguments: [
            (ElementType.int4, 21, 10), (.float8e5m2, 19, 9), (.float4e2m1, 23, 11), (.int2, 25, 13),
            (.bfloat16, 13, 8),
        ] as [(ElementType, Int, Int64)])
    func narrowTypesRaiseTheOperatorSet(type: ElementType, operatorSet: Int, formatVersion: Int64) throws {
        var graph = try InvalidModelTests.valid.read()
        graph.outputs.append(graph.addConstant(name: "w", Tensor(type, shape: [3])))
        let copy = try roundTrip(graph)
        #expect(copy.metadata.operatorSets[""] == operatorSet)
        #expect(copy.metadata.formatVersion == formatVersion)
    }

    @Test func anOperatorNobodyKnowsIsNotMovedToASetThatChangedIt() throws {
        // The model keeps its own operator set; when it may not, for a type that came later, it cannot be written.
        var file = InvalidModelTests.valid
        file.operatorSets = [("", 10)]
        file.nodes = [
            ModelFile.node(
                "Dropout", ["x"], ["y"], name: "drop",
                attributes: [ModelFile.attribute("invented", kind: 2) { $0.add(3, 1) }])
        ]
        var graph = try file.read()
        #expect(try roundTrip(graph).metadata.operatorSets == ["": 10])
        graph.outputs.append(graph.addConstant(name: "w", Tensor(.int4, shape: [3])))
        let error = failure { _ = try roundTrip(graph) }
        #expect(error?.kind == .unsupported && error?.node == "drop" && error?.operatorName == "Dropout")
    }

    @Test func equalAndEmptyNamesAreToldApart() throws {
        var graph = Graph()
        let x = graph.addValue(name: "x", type: .tensor(.float32, [1]))
        graph.inputs = [x]
        var last = x
        for name in ["x", "", "", "y"] {
            let next = graph.addValue(name: name, type: .tensor(.float32, [1]))
            let weight = graph.addConstant(name: "x", Tensor([1] as [Float], shape: [1]))
            let op = OnnxOpaqueOperator(
                type: "Mystery", domain: "test", reason: "", captureCount: 0, version: 1, attributes: [:],
                extraFields: [])
            try graph.addNode(Node(name: "", op: op, inputs: [last, nil, weight, nil], outputs: [next]))
            last = next
        }
        graph.outputs = [last]
        let copy = try roundTrip(graph)
        #expect(copy.inputs.map { copy[$0].name } == ["x"] && copy.outputs.map { copy[$0].name } == ["y"])
        #expect(copy.nodeIDs.count == 4)
        #expect(Set(copy.valueIDs.map { copy[$0].name }).count == copy.valueIDs.count)
        for id in copy.nodeIDs { #expect(copy[id].inputs.count == 3 && copy[id].inputs[1] == nil) }
    }

    /// Above operator set 15 an operator that Octet does not know may mean something else, so the file stays there.
    @Test func sixteenBitsBelowOperatorSet21AreThoseOfONNXRuntime() throws {
        var graph = Graph(name: "wide")
        graph.metadata.operatorSets = ["": 15]
        let x = graph.addValue(name: "x", type: .tensor(.float32, [2]))
        graph.inputs = [x]
        let scale = graph.addConstant(name: "scale", Tensor([Float(0.5)], shape: []))
        let zero = graph.addConstant(name: "zero", Tensor([Int16(3)], shape: []))
        let codes = graph.addValue(name: "codes", type: .tensor(.int16, [2]))
        let reals = graph.addValue(name: "reals", type: .tensor(.float32, [2]))
        let y = graph.addValue(name: "y", type: .unknown)
        try graph.addNode(Node(name: "q", op: QuantizeLinear(), inputs: [x, scale, zero], outputs: [codes]))
        try graph.addNode(Node(name: "d", op: DequantizeLinear(), inputs: [codes, scale, zero], outputs: [reals]))
        let plain = try roundTrip(graph.returning(reals))
        #expect(plain.metadata.operatorSets == ["": 21])
        let opaque = OnnxOpaqueOperator(
            type: "Mystery", domain: "", reason: "unknown", captureCount: 0, version: 15, attributes: [:],
            extraFields: [])
        try graph.addNode(Node(name: "m", op: opaque, inputs: [reals], outputs: [y]))
        let copy = try roundTrip(graph.returning(y))
        #expect(copy.metadata.operatorSets == ["": 15, "com.microsoft": 1])
        #expect(copy.nodeIDs.map { copy[$0].op.name }.prefix(2) == ["QuantizeLinear", "DequantizeLinear"])
        #expect(copy.nodeIDs.prefix(2).allSatisfy { !(copy[$0].op is OnnxOpaqueOperator) })
    }

    @Test func constantsNobodyReadsAreLeftOut() throws {
        var file = InvalidModelTests.valid
        file.initializers = [ModelFile.floats("unused", [1])]
        let graph = try file.read()
        #expect(graph.value(named: "unused") != nil)
        #expect(try roundTrip(graph).value(named: "unused") == nil)
    }

    @Test func quantizedValuesMustBeLoweredFirst() throws {
        var graph = try InvalidModelTests.valid.read()
        let output = graph.outputs[0]
        graph[output].type = .tensor(
            TensorType(.uint8, fixedShape: [1], quantization: QuantizationParameters(scale: 1, zeroPoint: 0)))
        let error = failure { _ = try roundTrip(graph) }
        #expect(error?.kind == .invalidArgument && error?.message.contains("'y'") == true)
    }

    @Test func aFailureLeavesNoFile() throws {
        let scratch = try ScratchFolder()
        var graph = try InvalidModelTests.valid.read()
        graph[graph.outputs[0]].type = .tensor(
            TensorType(.uint8, fixedShape: [1], quantization: QuantizationParameters(scale: 1, zeroPoint: 0)))
        try AtomicFile.write([1, 2, 3], to: scratch("model.onnx"))
        #expect(failure { try OnnxWriter.write(graph, to: scratch("model.onnx")) } != nil)
        #expect(try Data(contentsOf: URL(filePath: scratch("model.onnx"))) == Data([1, 2, 3]))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["model.onnx"])
    }

    @Test func everyKindOfAttributeIsKept() throws {
        var inner = ModelFile()
        inner.inputs = [ModelFile.value("p", shape: [1])]
        inner.nodes = [ModelFile.node("Mystery", ["p", "x"], ["q"], domain: "test")]
        inner.outputs = [ModelFile.value("q", shape: nil)]
        let graphMessage = inner.graph
        var file = InvalidModelTests.valid
        file.nodes = [
            ModelFile.node(
                "Mystery", ["x"], ["y"], domain: "test",
                attributes: [
                    ModelFile.attribute("float", kind: 1) { $0.add(2, -0.5 as Float) },
                    ModelFile.attribute("int", kind: 2) { $0.add(3, -7) },
                    ModelFile.attribute("string", kind: 3) { $0.add(4, bytes: [0, 255, 7]) },
                    ModelFile.attribute("tensor", kind: 4) { $0.add(5, ModelFile.floats("t", [1])) },
                    ModelFile.attribute("graph", kind: 5) { $0.add(6, graphMessage) },
                    ModelFile.attribute("floats", kind: 6) { $0.add(7, 1 as Float) },
                    ModelFile.attribute("ints", kind: 7) { $0.add(8, unpacked: [1, -2]) },
                    ModelFile.attribute("noInts", kind: 7) { _ in },
                    ModelFile.attribute("strings", kind: 8) {
                        $0.add(9, "a")
                        $0.add(9, "")
                    },
                    ModelFile.attribute("tensors", kind: 9) { $0.add(10, ModelFile.floats("", [1])) },
                    ModelFile.attribute("graphs", kind: 10) {
                        $0.add(11, graphMessage)
                        $0.add(11, graphMessage)
                    },
                    ModelFile.attribute("type", kind: 13) { $0.add(14) { $0.add(1) { $0.add(1, 1) } } },
                ])
        ]
        let graph = try file.read()
        let op = try #require(graph[graph.nodeIDs[0]].op as? OnnxOpaqueOperator)
        #expect(op.attributes.sorted.count == 12)
        #expect(try roundTrip(graph).structure == graph.structure)
    }

    private func roundTrip(_ graph: Graph) throws -> Graph {
        let scratch = try ScratchFolder()
        try OnnxWriter.write(graph, to: scratch("copy.onnx"))
        return try OnnxReader.read(path: scratch("copy.onnx"))
    }
}

extension Graph {
    fileprivate func returning(_ output: ValueID) -> Graph {
        var graph = self
        graph.outputs = [output]
        return graph
    }
}
