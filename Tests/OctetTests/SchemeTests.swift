import Foundation
import Octet
import TestSupport
import Testing

/// Every way to quantize, on a small trained network and real data: ONNX's checker accepts the file, ONNX Runtime runs
/// it, and its predictions are Octet's own and close to the float network's.
@Suite(.enabled(if: Oracles.isAvailableOrRequired))
struct SchemeTests {
    @Test(arguments: SchemeCase.all)
    func theFileRunsAlikeEverywhere(_ scheme: SchemeCase) throws {
        let files = try SchemeFiles.shared.get()
        let own = try files.predictions(of: Model(path: files.path(of: scheme)))
        let other = try files.oraclePredictions(of: scheme)
        let float = files.float
        #expect(own.count == 500 && other.count == 500)
        #expect(SchemeFiles.agreement(own, other) >= 99.4)
        #expect(SchemeFiles.agreement(own, float) >= scheme.leastAgreement)
        #expect(SchemeFiles.agreement(other, float) >= scheme.leastAgreement)
    }

    @Test(arguments: SchemeCase.all)
    func theFileIsSmaller(_ scheme: SchemeCase) throws {
        let files = try SchemeFiles.shared.get()
        let share = try Double(FileSize.bytes(of: files.path(of: scheme))) / Double(FileSize.bytes(of: files.model))
        #expect(share < scheme.greatestShare)
    }

    @Test func int8ActivationsDoNotGoWithUInt8Weights() throws {
        let scheme = QuantizationScheme(activationType: .int8, weightType: .uint8)
        #expect(throws: OctetError.self) { try scheme.weightFormat() }
    }
}

/// A method and a scheme.
struct SchemeCase: Sendable, CustomTestStringConvertible {
    var method = QuantizationMethod.static
    var scheme = QuantizationScheme()

    static let all: [SchemeCase] =
        integers + [
            static16(.int16, symmetric: false), static16(.int16, symmetric: true), static16(.uint16, symmetric: false),
            SchemeCase(scheme: QuantizationScheme(weightType: .int4)),
            SchemeCase(method: .dynamic), SchemeCase(method: .dynamic, scheme: QuantizationScheme(weightType: .uint8)),
            SchemeCase(method: .dynamic, scheme: QuantizationScheme(granularity: .tensor)),
            SchemeCase(method: .dynamic, scheme: QuantizationScheme(symmetricWeights: false)),
            SchemeCase(method: .weights),
            SchemeCase(method: .weights, scheme: QuantizationScheme(granularity: .tensor)),
            SchemeCase(method: .weights, scheme: QuantizationScheme(weightType: .uint8, symmetricWeights: false)),
            SchemeCase(method: .weights, scheme: QuantizationScheme(weightType: .int4)),
            SchemeCase(method: .float16),
        ]

    /// U8S8, S8S8 and U8U8 with everything that can be varied.
    private static let integers: [SchemeCase] = [
        (ElementType.uint8, ElementType.int8), (.int8, .int8), (.uint8, .uint8),
    ]
    .flatMap { activations, weights in
        (0..<16).map { bits in
            SchemeCase(
                scheme: QuantizationScheme(
                    activationType: activations, symmetricActivations: bits & 1 != 0, weightType: weights,
                    symmetricWeights: bits & 2 == 0, granularity: bits & 4 == 0 ? .channel : .tensor,
                    reduceRange: bits & 8 != 0))
        }
    }

    private static func static16(_ type: ElementType, symmetric: Bool) -> SchemeCase {
        SchemeCase(scheme: QuantizationScheme(activationType: type, symmetricActivations: symmetric))
    }

    /// In per cent: fewer bits keep less.
    var leastAgreement: Double {
        if scheme.weightType == .int4 { return 94 }
        return scheme.reduceRange ? 97 : 98
    }

    var greatestShare: Double { method == .float16 ? 0.65 : method == .dynamic ? 1 : 0.65 }

    var testDescription: String { name }

    var name: String {
        let flags = [
            scheme.symmetricActivations ? "symmetric-activations" : nil,
            scheme.symmetricWeights ? nil : "asymmetric-weights", scheme.reduceRange ? "reduce-range" : nil,
        ].compactMap { $0 }
        let words = [method.rawValue, scheme.activationType.rawValue, scheme.weightType.rawValue]
        return (words + [scheme.granularity.rawValue] + flags).joined(separator: "-")
    }
}

/// The demonstration network quantized in every way, and what ONNX Runtime makes of the files.
final class SchemeFiles: Sendable {
    static let shared = Result { try SchemeFiles() }

    let model: String
    let float: [Int]
    private let folder: ScratchFolderPath
    private let data: any Dataset

    private struct ScratchFolderPath: Sendable { var path: String }

    private init() throws {
        let material = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/OctetCommand/Resources/Demo").path
        model = material + "/digits_cnn.onnx"
        let path = FileManager.default.temporaryDirectory.appending(path: "octet-schemes-\(getpid())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        folder = ScratchFolderPath(path: path)
        let network = try Model(path: model)
        let preprocessing = Preprocessing(scale: .factor(0.0625), mean: [0.3125])
        data = try DataSource.open(material + "/test.npy", for: network.graph, preprocessing: preprocessing)
        let calibration = try DataSource.open(
            material + "/calibration.npy", for: network.graph, preprocessing: preprocessing)
        float = try Self.predictions(of: network, on: data)
        for scheme in SchemeCase.all {
            let quantized = try network.quantized(
                method: scheme.method, calibration: scheme.method == .static ? calibration : nil,
                options: QuantizationOptions(scheme: scheme.scheme, sampleLimit: 64))
            try quantized.model.write(to: "\(path)/\(scheme.name).onnx")
        }
        let input = network.graph[network.graph.inputs[0]].name
        var values: [Float] = []
        var shape: [Int] = []
        for index in 0..<data.count {
            guard let tensor = try data.tensors(at: index)[input] else { continue }
            values += tensor.elements(as: Float.self)
            shape = tensor.shape
        }
        shape[0] = data.count
        try NumPyWriter.write(Tensor(values, shape: shape), to: path + ".npy")
        try Oracles.run("check_and_run.py", [path, "--data", path + ".npy"])
    }

    func path(of scheme: SchemeCase) -> String { "\(folder.path)/\(scheme.name).onnx" }

    func predictions(of model: Model) throws -> [Int] { try Self.predictions(of: model, on: data) }

    func oraclePredictions(of scheme: SchemeCase) throws -> [Int] {
        let scores = try NumPyArray(path: "\(folder.path)/\(scheme.name).npy").tensor()
        let values = try #require(scores.floats)
        let width = scores.count / max(scores.shape[0], 1)
        return try (0..<scores.shape[0]).map { row in
            try #require(ClassificationMetrics.best(of: Array(values[row * width..<(row + 1) * width])))
        }
    }

    private static func predictions(of model: Model, on data: any Dataset) throws -> [Int] {
        let runner = SampleRunner(try model.simplified(), executor: try ExecutionOptions(threads: 1).executor())
        var found: [Int] = []
        try data.forEachSample(
            skipped: { _ in },
            body: { sample in
                let scores = try #require(runner.run(sample).first?.tensor?.floats)
                found.append(try #require(ClassificationMetrics.best(of: scores)))
            })
        return found
    }

    static func agreement(_ left: [Int], _ right: [Int]) -> Double {
        100 * Double(zip(left, right).count { $0 == $1 }) / Double(max(left.count, 1))
    }
}
