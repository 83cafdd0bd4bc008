import ModelGraph
import OnnxFormat
import Operators
import TensorCore
import Testing
import WireFormats

/// Functions that a model defines: their calls are replaced by their bodies.
struct FunctionTests {
    /// `FunctionProto` of `name`, in the domain `local`.
    private static func function(
        _ name: String, inputs: [String], outputs: [String], attributes: [String] = [], nodes: [ProtobufWriter]
    ) -> ProtobufWriter {
        var writer = ProtobufWriter()
        writer.add(1, name)
        for input in inputs { writer.add(4, input) }
        for output in outputs { writer.add(5, output) }
        for attribute in attributes { writer.add(6, attribute) }
        for node in nodes { writer.add(7, node) }
        for (domain, version) in [("", 13), ("local", 1)] {
            writer.add(9) {
                $0.add(1, domain)
                $0.add(2, version)
            }
        }
        writer.add(10, "local")
        return writer
    }

    /// An attribute that stands for the attribute `reference` of the call.
    private static func bound(_ name: String, to reference: String) -> ProtobufWriter {
        ModelFile.attribute(name, kind: 1) { $0.add(21, reference) }
    }

    private static func file(_ functions: [ProtobufWriter], _ nodes: [ProtobufWriter]) -> ModelFile {
        var file = ModelFile()
        file.operatorSets.append(("local", 1))
        file.inputs = [ModelFile.value("x", shape: [2])]
        file.nodes = nodes
        file.outputs = [ModelFile.value("y", shape: nil)]
        for function in functions { file.extra.add(25, function) }
        return file
    }

    private static func run(_ graph: Graph, _ values: [Float]) throws -> [Float]? {
        let tensor = Tensor(values, shape: [values.count])
        let prepared = try ReferenceExecutor().prepare(graph, inputTypes: [tensor.type], keeping: [])
        return try prepared.run([.tensor(tensor)]).first?.tensor?.floats
    }

    @Test func aCallInsideACallPassesItsAttributeOn() throws {
        let inner = Self.function(
            "Inner", inputs: ["a"], outputs: ["b"], attributes: ["slope"],
            nodes: [ModelFile.node("LeakyRelu", ["a"], ["b"], attributes: [Self.bound("alpha", to: "slope")])])
        let outer = Self.function(
            "Outer", inputs: ["a"], outputs: ["c"], attributes: ["alpha"],
            nodes: [
                ModelFile.node(
                    "Inner", ["a"], ["t"], domain: "local", attributes: [Self.bound("slope", to: "alpha")]),
                ModelFile.node("Neg", ["t"], ["c"]),
            ])
        let slope = ModelFile.attribute("alpha", kind: 1) { $0.add(2, Float(0.25)) }
        let graph = try Self.file(
            [inner, outer],
            [
                ModelFile.node("Outer", ["x"], ["t"], domain: "local", attributes: [slope]),
                ModelFile.node("Outer", ["t"], ["y"], domain: "local", attributes: [slope]),
            ]
        ).read()
        #expect(graph.nodeIDs.map { graph[$0].op.name } == ["LeakyRelu", "Neg", "LeakyRelu", "Neg"])
        // −4 → −1 → 1 → 1 → −1; 4 → 4 → −4 → −1 → 1.
        #expect(try Self.run(graph, [-4, 4]) == [-1, 1])
    }

    @Test func anAttributeThatTheCallLeavesOutHasItsDefault() throws {
        let function = Self.function(
            "Leak", inputs: ["a"], outputs: ["b"], attributes: ["slope"],
            nodes: [ModelFile.node("LeakyRelu", ["a"], ["b"], attributes: [Self.bound("alpha", to: "slope")])])
        let graph = try Self.file([function], [ModelFile.node("Leak", ["x"], ["y"], domain: "local")]).read()
        #expect((graph[graph.nodeIDs[0]].op as? LeakyRelu)?.alpha == 0.01)
    }

    @Test func anInputThatIsAnOutputPassesThrough() throws {
        let function = Self.function("Same", inputs: ["a"], outputs: ["a"], nodes: [])
        let graph = try Self.file([function], [ModelFile.node("Same", ["x"], ["y"], domain: "local")]).read()
        #expect(try Self.run(graph, [1, 2]) == [1, 2])
    }

    @Test func functionsThatCallEachOtherAreRefused() throws {
        let function = Self.function(
            "Again", inputs: ["a"], outputs: ["b"],
            nodes: [ModelFile.node("Again", ["a"], ["b"], domain: "local")])
        let error = failure {
            _ = try Self.file([function], [ModelFile.node("Again", ["x"], ["y"], domain: "local")]).read()
        }
        #expect(error?.kind == .invalidModel)
    }

    @Test func functionsThatMultiplyAreRefused() throws {
        let functions = (0..<24).map { level in
            Self.function(
                "F\(level)", inputs: ["a"], outputs: ["c"],
                nodes: [
                    ModelFile.node(
                        level == 0 ? "Neg" : "F\(level - 1)", ["a"], ["b"], domain: level == 0 ? "" : "local"),
                    ModelFile.node(
                        level == 0 ? "Neg" : "F\(level - 1)", ["b"], ["c"], domain: level == 0 ? "" : "local"),
                ])
        }
        let error = failure {
            _ = try Self.file(functions, [ModelFile.node("F23", ["x"], ["y"], domain: "local")]).read()
        }
        #expect(error?.kind == .resourceLimit)
    }
}
