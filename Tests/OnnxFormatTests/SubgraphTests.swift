import Foundation
import ModelGraph
import TensorCore
import TestSupport
import Testing
import WireFormats

@testable import OnnxFormat

/// Operators that own graphs: what those take from outside are inputs of the node.
struct SubgraphTests {
    /// `Branch` with two subgraphs that read `x`, `h` and the constant `w` of the graph around them.
    static var file: ModelFile {
        var inner = ModelFile()
        inner.nodes = [ModelFile.node("Mystery", ["x"], ["deep"], domain: "test")]
        inner.outputs = [ModelFile.value("deep", shape: nil)]
        let nested = ModelFile.attribute("body", kind: 5) { $0.add(6, inner.graph) }

        var then = ModelFile()
        then.initializers = [ModelFile.floats("own", [3])]
        then.nodes = [
            ModelFile.node("Mystery", ["h", "own"], ["t"], domain: "test"),
            ModelFile.node("Branch", ["t"], ["u"], domain: "test", attributes: [nested]),
        ]
        then.outputs = [ModelFile.value("u", shape: nil)]

        var other = ModelFile()
        other.inputs = [ModelFile.value("step", type: 7)]
        other.nodes = [ModelFile.node("Mystery", ["w", "step", "h"], ["t"], domain: "test")]
        other.outputs = [ModelFile.value("t", shape: nil)]

        var file = ModelFile()
        file.inputs = [ModelFile.value("x", shape: [1])]
        file.initializers = [ModelFile.floats("w", [1, 2])]
        file.nodes = [
            ModelFile.node(
                "Branch", ["x"], ["y"], name: "branch", domain: "test",
                attributes: [
                    ModelFile.attribute("then", kind: 5) { $0.add(6, then.graph) },
                    ModelFile.attribute("others", kind: 10) { $0.add(11, other.graph) },
                ]),
            ModelFile.node("Mystery", ["x"], ["h"], name: "late", domain: "test"),
        ]
        file.outputs = [ModelFile.value("y", shape: nil)]
        return file
    }

    @Test func capturesBecomeInputs() throws {
        let graph = try SubgraphTests.file.read()
        let branch = graph[graph.nodeIDs[0]]
        #expect(branch.inputs.map { $0.map { graph[$0].name } } == ["x", "h", "w", "x"])
        #expect(try graph.executionOrder().map { graph[$0].name } == ["late", "branch"])

        let op = try #require(branch.op as? OnnxOpaqueOperator)
        #expect(op.captureCount == 3)
        guard case .graph(let then)? = op.attributes["then"], case .graphs(let others)? = op.attributes["others"] else {
            Issue.record("the attributes are no graphs")
            return
        }
        #expect(then.inputs.map { then[$0].name } == ["h", "w", "x"])
        #expect(others.first.map { other in other.inputs.map { other[$0].name } } == ["step", "h", "w", "x"])
    }

    @Test func aRoundTripKeepsThem() throws {
        let scratch = try ScratchFolder()
        let graph = try SubgraphTests.file.read()
        try OnnxWriter.write(graph, to: scratch("copy.onnx"))
        #expect(try OnnxReader.read(path: scratch("copy.onnx")).structure == graph.structure)
    }

    @Test func aReplacedCaptureIsWrittenUnderItsNewName() throws {
        var graph = try SubgraphTests.file.read()
        let old = try #require(graph.value(named: "h"))
        // The new value is named like one inside the subgraph, which must give way.
        let new = graph.addConstant(name: "t", Tensor([1, 2] as [Float], shape: [2]))
        graph.updateNode(graph.nodeIDs[0]) { node in node.inputs = node.inputs.map { $0 == old ? new : $0 } }
        let scratch = try ScratchFolder()
        try OnnxWriter.write(graph, to: scratch("copy.onnx"))
        let copy = try OnnxReader.read(path: scratch("copy.onnx"))
        let branch = try #require(copy.nodeIDs.map { copy[$0] }.first { $0.name == "branch" })
        #expect(branch.inputs.map { $0.map { copy[$0].name } } == ["x", "t", "w", "x"])
        let op = try #require(branch.op as? OnnxOpaqueOperator)
        guard case .graph(let then)? = op.attributes["then"] else {
            Issue.record("the attribute is no graph")
            return
        }
        let first = then[then.nodeIDs[0]]
        #expect(first.inputs.map { $0.map { then[$0].name } } == ["t", "own"])
        #expect(first.outputs.map { $0.map { then[$0].name } } == ["t_1"])
    }

    @Test func aCycleInsideIsAnError() throws {
        var inner = ModelFile()
        inner.nodes = [ModelFile.node("Mystery", ["q"], ["q"], name: "inside", domain: "test")]
        inner.outputs = [ModelFile.value("q", shape: nil)]
        let attribute = ModelFile.attribute("body", kind: 5) { $0.add(6, inner.graph) }
        var file = InvalidModelTests.valid
        file.nodes.append(ModelFile.node("Branch", [], ["z"], name: "outside", domain: "test", attributes: [attribute]))
        let error = failure { _ = try file.read() }
        #expect(error?.kind == .invalidModel && error?.node == "inside")
    }

    @Test func capturesDoNotMultiplyWithoutLimit() throws {
        var inner = ModelFile()
        let names = (0..<2000).map { "x\($0)" }
        inner.nodes = [ModelFile.node("Mystery", names, ["q"], domain: "test")]
        let empty = ModelFile().graph
        var body = inner.graph
        for _ in 0..<10 {
            let attributes = ["a", "b", "c", "d", "e", "f"].map { name in
                ModelFile.attribute(name, kind: 5) { $0.add(6, name == "a" ? body : empty) }
            }
            var outer = ModelFile()
            outer.nodes = [ModelFile.node("Branch", [], [], domain: "test", attributes: attributes)]
            body = outer.graph
        }
        var file = InvalidModelTests.valid
        file.inputs += names.map { ModelFile.value($0) }
        file.nodes.append(
            ModelFile.node(
                "Branch", [], [], domain: "test", attributes: [ModelFile.attribute("a", kind: 5) { $0.add(6, body) }]))
        #expect(failure { _ = try file.read() }?.kind == .resourceLimit)
    }

    @Test func aCaptureNobodyProvidesIsAnError() throws {
        var file = SubgraphTests.file
        file.nodes.removeLast()
        let error = failure { _ = try file.read() }
        #expect(error?.kind == .invalidModel && error?.message.contains("'h'") == true)
    }
}
