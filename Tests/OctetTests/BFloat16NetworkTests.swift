import Foundation
import Octet
import TestSupport
import Testing

/// Trained classifiers in bf16.
@Suite(.serialized, .enabled(if: TestData.isAvailableOrRequired))
struct BFloat16NetworkTests {
    private static func executor(_ relativeBFloat16Rate: Double?) throws -> CompiledExecutor {
        CompiledExecutor(
            kernels: try KernelTable.selected(), pool: try ThreadPool(threads: 2),
            relativeBFloat16Rate: relativeBFloat16Rate)
    }

    /// Every layer that can is in bf16, faster or not.
    ///
    /// Rounding a number to 8 significant bits is off by 2^-7 / √12 times its power of two, which is −56 dB of a number
    /// whose significand is uniform between 1 and 2; a product has two such errors, −53 dB, and a sum of terms with
    /// independent errors as much. L layers one after another add up L times that power. Terms that cancel leave a
    /// smaller signal under the same error; 6 dB are left for that.
    ///
    /// A prediction changes where the error is larger than the distance of the two best scores, so their share falls with
    /// the amplitude of the error: 94 % at the 20 to 25 dB of eight bits make 98 % at 30 dB or more.
    @Test(arguments: TrainedNetwork.all)
    func predictionsStay(_ network: TrainedNetwork) throws {
        let graph = try Model(path: network.path).simplified()
        let (narrow, float) = (try Self.executor(.infinity), try Self.executor(nil))
        let types = try graph.concreteInputTypes(shapes: [:])
        let plan = try #require(try narrow.plan(graph, inputTypes: types))
        let layers = plan.stepDescriptions.count { $0.kernel.hasPrefix("conv_bf16") }
        #expect(layers >= 15)
        let result = try ModelEvaluation.run(
            graph, baseline: graph, executor: narrow, baselineExecutor: float,
            data: network.evaluationData(for: graph), samples: 130)
        let (agreement, error) = (result.classification.agreement, try #require(result.outputError))
        #expect(try #require(agreement) >= 98)
        #expect(error.sqnr >= 53 - 10 * log10(Double(layers)) - 6, "\(error.sqnr) dB after \(layers) layers")
        #expect(error.sqnr.isFinite, "nothing was rounded")
    }

    /// The fully connected layer's 1.28 million weights are read once a run: half the bytes are faster everywhere.
    @Test func onlyWhereItIsFasterAndAsked() throws {
        var benchmark = Benchmark()
        benchmark.execution = ExecutionOptions(threads: 1)
        benchmark.iterations = 1
        let path = TestData.model("mobilenet_v2_1.0_224_from_uint8")
        let usual = try benchmark.run(path: path, profile: true)
        #expect(!usual.profile.contains { $0.step.kernel.contains("bf16") })
        benchmark.execution.floatPrecision = .bf16
        let narrow = try benchmark.run(path: path, profile: true).profile.map(\.step)
        let last = try #require(narrow.last { $0.multiplyAccumulates > 0 })
        #expect(last.multiplyAccumulates == 1280 * 1001 || last.multiplyAccumulates == 1280 * 1000)
        #expect(last.kernel == "conv_bf16" && last.elementType == "bfloat16")
    }
}
