import Foundation
import Octet
import TestSupport
import Testing

/// ONNX's own backend tests, on every engine there is.
@Suite(.serialized, .enabled(if: Oracles.hasBackendTestsOrRequires))
struct ConformanceTests {
    static let engines = ["reference"] + InstructionSet.supported.map(\.rawValue)

    static func executor(_ engine: String) throws -> any Executor {
        guard let set = InstructionSet(rawValue: engine) else { return ReferenceExecutor() }
        return CompiledExecutor(kernels: try KernelTable(set), pool: try ThreadPool(threads: 2))
    }

    private func requireNoFailure(_ report: ConformanceReport) {
        for result in report.cases {
            guard case .failed(let reason) = result.outcome else { continue }
            Issue.record("\(result.path): \(reason)")
        }
    }

    @Test(arguments: engines)
    func noCaseOfOnnxFails(_ engine: String) throws {
        let report = try Conformance.run(
            directories: [Oracles.backendTests], executor: Self.executor(engine))
        requireNoFailure(report)
        #expect(report.passed >= 1400)
    }

    /// What passes as it was read passes again after being written by Octet.
    @Test func casesSurviveARoundTrip() throws {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appending(path: "octet-round-trip-\(UUID().uuidString)")
        defer { try? files.removeItem(at: folder) }
        let original = try Conformance.run(directories: [Oracles.backendTests])
        var count = 0
        for result in original.cases where result.outcome == .passed {
            let copy = folder.appending(path: String(count))
            count += 1
            try files.createDirectory(at: copy, withIntermediateDirectories: true)
            try OnnxWriter.write(
                OnnxReader.read(path: result.path + "/model.onnx"), to: copy.appending(path: "model.onnx").path)
            let source = URL(filePath: result.path).standardizedFileURL
            for name in try files.contentsOfDirectory(atPath: source.path) where name != "model.onnx" {
                try files.createSymbolicLink(
                    at: copy.appending(path: name), withDestinationURL: source.appending(path: name))
            }
        }
        let report = try Conformance.run(directories: [folder.path])
        requireNoFailure(report)
        #expect(report.passed == count)
        #expect(report.passed == original.passed)
    }
}

/// ONNX Runtime's own operators, on every engine there is, against what ONNX Runtime makes of them.
@Suite(.serialized, .enabled(if: Oracles.isAvailableOrRequired))
struct MicrosoftOperatorTests {
    @Test func casesPassAndSurviveARoundTrip() throws {
        let folder = try ScratchFolder()
        try Oracles.run("microsoft_operators.py", [folder("cases")])
        for engine in ConformanceTests.engines {
            try expectAllPass(folder("cases"), ConformanceTests.executor(engine))
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder("cases")) {
            let path = folder("cases/\(name)/model.onnx")
            try OnnxWriter.write(OnnxReader.read(path: path), to: path)
        }
        try expectAllPass(folder("cases"), ReferenceExecutor())
    }

    private func expectAllPass(_ folder: String, _ executor: any Executor) throws {
        let report = try Conformance.run(directories: [folder], executor: executor)
        #expect(report.cases.count >= 26)
        for result in report.cases where result.outcome != .passed {
            Issue.record("\(result.path): \(result.outcome)")
        }
    }
}
