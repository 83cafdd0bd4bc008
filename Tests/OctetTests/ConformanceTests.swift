import Foundation
import Kernels
import ModelGraph
import Octet
import Operators
import Runtime
import Testing

/// ONNX's own backend tests, on every engine there is.
@Suite struct ConformanceTests {
    /// The dump of the tests; the test command makes it.
    static let directory: String = {
        if let path = ProcessInfo.processInfo.environment["OCTET_ONNX_BACKEND"] { return path }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.appending(path: ".build-oracles/onnx-backend").path
    }()

    /// Without the dump the suite is skipped; with `CI=true` it runs, and fails.
    static let isAvailableOrRequired: Bool =
        FileManager.default.fileExists(atPath: directory) || ProcessInfo.processInfo.environment["CI"] == "true"

    static let engines = ["reference"] + InstructionSet.supported.map(\.rawValue)

    static func executor(_ engine: String) throws -> any Executor {
        guard let set = InstructionSet(rawValue: engine) else { return ReferenceExecutor() }
        return CompiledExecutor(kernels: try KernelTable(set), pool: try ThreadPool(threads: 2))
    }

    @Test(.enabled(if: isAvailableOrRequired), arguments: engines)
    func noCaseOfOnnxFails(_ engine: String) throws {
        let report = try Conformance.run(directories: [Self.directory], executor: Self.executor(engine))
        for result in report.cases {
            guard case .failed(let reason) = result.outcome else { continue }
            Issue.record("\(result.path): \(reason)")
        }
        #expect(report.failed == 0)
        #expect(report.passed >= 400)
    }
}
