import Datasets
import Evaluation
import GraphTestSupport
import ModelGraph
import Operators
import TensorCore
import TestSupport
import Testing

struct ModelTests {
    private let folder: ScratchFolder
    private let executor = ReferenceExecutor()

    init() throws { folder = try ScratchFolder() }

    /// `y = relu(x + shift)`.
    private func model(_ shift: [Float], sum: String = "sum") throws -> Graph {
        var builder = GraphBuilder()
        let x = builder.input("x", [.symbol("N"), 3])
        let shifts = builder.constant("shift", shift, [3])
        let shifted = try builder.node(sum, Addition(), [x, shifts])
        let y = try builder.node("y", Relu(), [shifted])
        return try builder.finish(y)
    }

    private func data(_ graph: Graph, labels: [Int32]? = nil) throws -> any Dataset {
        let path = folder("x.npy")
        try NumPyWriter.write(Tensor([1, 2, 3, 6, 5, 4, -1, -2, -3] as [Float], shape: [3, 3]), to: path)
        if let labels { try NumPyWriter.write(Tensor(labels, shape: [labels.count]), to: folder("labels.npy")) }
        return try DatasetLoader().open(
            path: path, inputs: graph.datasetInputs, labels: labels == nil ? nil : folder("labels.npy"))
    }

    @Test func evaluationCountsHitsAndAgreement() throws {
        let graph = try model([0, 0, 0])
        let baseline = try model([0, 4, 0])
        let result = try ModelEvaluation.run(
            graph, baseline: baseline, executor: executor, data: data(graph, labels: [2, 0, 1]))
        #expect(result.samples == 3)
        #expect(result.classification.top1 == 200.0 / 3)
        #expect(result.classification.top5 == 100)
        // Scores [1,2,3] [6,5,4] [0,0,0] against [1,6,3] [6,9,4] [0,2,0].
        #expect(result.classification.agreement == 0)
        #expect(result.outputError?.meanSquaredError == 36.0 / 9)
    }

    @Test func evaluationTakesSomeSamples() throws {
        let graph = try model([0, 0, 0])
        let result = try ModelEvaluation.run(graph, executor: executor, data: data(graph), samples: 2)
        #expect(result.samples == 2)
        #expect(result.classification.top1 == nil)
        #expect(result.outputError == nil)
    }

    @Test func comparisonMatchesNames() throws {
        let original = try model([0, 0, 0])
        let comparison = try ModelComparison.run(
            reference: original, candidate: model([1, 0, 0]), executor: executor, data: data(original))
        #expect(comparison.samples == 3)
        #expect(comparison.tensors.map(\.name) == ["y", "sum"] || comparison.tensors.map(\.name) == ["sum", "y"])
        let ratios = comparison.tensors.map(\.error.sqnr)
        #expect(ratios == ratios.sorted())
        #expect(comparison.tensors.first { $0.name == "sum" }?.error.meanSquaredError == 3 / 9.0)
        #expect(comparison.outputs.map(\.name) == ["y"])
        #expect(comparison.outputs.first?.error.meanSquaredError == 2 / 9.0)
    }

    @Test func comparisonLeavesOutWhatOneLacks() throws {
        let original = try model([0, 0, 0])
        let comparison = try ModelComparison.run(
            reference: original, candidate: model([0, 0, 0], sum: "other"), executor: executor, data: data(original))
        #expect(comparison.tensors.map(\.name) == ["y"])
        #expect(comparison.tensors.first?.error.sqnr == .infinity)
    }

    @Test func missingInputsAreNamed() throws {
        let graph = try model([0, 0, 0])
        let sample = Sample(index: 0, name: "s", label: nil, tensors: [:])
        let error = try #require(throws: OctetError.self) {
            try SampleRunner(graph, executor: executor).run(sample)
        }
        #expect(error.message.contains("'x'"))
    }
}
