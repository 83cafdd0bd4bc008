import Foundation
import Octet
import TestSupport
import Testing

/// A quantization by ONNX Runtime.
struct OnnxRuntimeQuantization: Sendable, CustomTestStringConvertible {
    var network: String
    var types: String
    var isPerTensor = false

    var testDescription: String { "\(network) \(types) \(isPerTensor ? "a tensor" : "a channel")" }

    /// Each network, each pair of types and each granularity more than once.
    static let all = [
        OnnxRuntimeQuantization(network: "squeezenet1.1", types: "u8s8"),
        OnnxRuntimeQuantization(network: "shufflenetv2_x1.0", types: "s8s8"),
        OnnxRuntimeQuantization(network: "mobilenet_v2_1.0_224_from_uint8", types: "u8s8", isPerTensor: true),
        OnnxRuntimeQuantization(network: "cifar10_resnet20", types: "s8s8", isPerTensor: true),
        OnnxRuntimeQuantization(network: "cifar10_resnet56", types: "u8s8"),
        OnnxRuntimeQuantization(network: "mnist_cntk", types: "s8s8", isPerTensor: true),
    ]

    /// Writes the file, calibrated with a few samples.
    func write(to path: String, format: String) throws {
        try Oracles.run(
            "quantize_ort.py",
            [TestData.model(network), path, "--case", network, "--samples", "8", "--types", types, "--format", format]
                + (isPerTensor ? ["--per-tensor"] : []))
    }
}

/// On the same integers every quantized operator gives the integers of ONNX Runtime with graph optimisations off.
@Suite(
    .serialized, .enabled(if: TestData.isAvailableOrRequired && Oracles.isAvailableOrRequired),
    .enabled(if: InstructionSet.supported.contains { $0 == .avxvnni || $0 == .avx512vnni }, "8-bit sums saturate there")
)
struct OperatorEqualityTests {
    private static let sampleCount = 20

    @Test(arguments: OnnxRuntimeQuantization.all)
    func filesOfOnnxRuntime(_ quantization: OnnxRuntimeQuantization) throws {
        let scratch = try ScratchFolder()
        try quantization.write(to: scratch("model.onnx"), format: "qoperator")
        try expectEqualIntegers(scratch("model.onnx"), quantization.network, scratch)
    }

    @Test(arguments: TrainedNetwork.all)
    func filesOfOctet(_ network: TrainedNetwork) throws {
        let scratch = try ScratchFolder()
        let path = try QuantizedNetworks.shared.path(of: network, as: .qoperator)
        try Oracles.run("check_onnx.py", [path])
        try expectEqualIntegers(path, network.name, scratch)
    }

    /// The file read again is the network that was written: equal bytes in every quantized tensor and in the outputs.
    @Test(arguments: TrainedNetwork.all, QuantizationFormat.allCases)
    func theFileHoldsTheNetwork(_ network: TrainedNetwork, _ format: QuantizationFormat) throws {
        let written = try QuantizedNetworks.shared.model(of: network).simplified()
        let read = try Model(path: QuantizedNetworks.shared.path(of: network, as: format)).simplified()
        let data = try network.evaluationData(for: read)
        let sample = Sample(index: 0, name: data.name(at: 0), label: nil, tensors: try data.tensors(at: 0))
        let (expected, expectedOutputs) = try integers(written, sample)
        let (found, outputs) = try integers(read, sample)
        #expect(outputs == expectedOutputs)
        let common = Set(expected.keys).intersection(found.keys)
        #expect(common.count >= 20)
        let different = common.filter { expected[$0] != found[$0] }
        #expect(different.isEmpty, "\(different.sorted().prefix(5))")
    }

    private func expectEqualIntegers(_ path: String, _ network: String, _ scratch: ScratchFolder) throws {
        try Oracles.run(
            "operator_integers.py",
            [path, scratch("samples"), "--case", network, "--samples", "\(Self.sampleCount)"])
        let file = try Model(path: path).graph
        var integers = OperatorIntegers(file, executor: try ExecutionOptions().executor())
        try integers.run(scratch("samples"))
        #expect(integers.withoutKernel.isSubset(of: [QuantizedSoftmax.name]))
        // None was left out.
        var names: [String: Int] = [:]
        for id in file.nodeIDs where file[id].op.qOperator != nil { names[file[id].op.name, default: 0] += 1 }
        #expect(!names.isEmpty && names.allSatisfy { integers.tallies[$0.key]?.nodes == $0.value })
        let mayDiffer = Set([QuantizedAveragePool.name, QuantizedSoftmax.name])
        for (name, tally) in integers.tallies {
            #expect(tally.elements > 0)
            #expect(tally.greatest <= (mayDiffer.contains(name) ? 1 : 0), "\(name): \(integers)")
        }
    }

    private func integers(_ graph: Graph, _ sample: Sample) throws -> (tensors: [String: [UInt8]], outputs: [[UInt8]]) {
        let values = graph.nodeIDs.flatMap { graph[$0].outputs.compactMap { $0 } }
        let runner = SampleRunner(
            graph, executor: try ExecutionOptions().executor(),
            keeping: Set(values.filter { graph[$0].quantization != nil }))
        var tensors: [String: [UInt8]] = [:]
        let outputs = try runner.run(sample) { tensors[graph[$0].name] = $1.withBytes { Array($0) } }
        return (tensors, outputs.compactMap { $0.tensor?.withBytes { Array($0) } })
    }
}
