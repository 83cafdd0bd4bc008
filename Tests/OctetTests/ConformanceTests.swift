import Foundation
import Octet
import Testing

@Suite struct ConformanceTests {
    /// The dump of ONNX's backend tests, if there is one.
    static let directory =
        ProcessInfo.processInfo.environment["OCTET_ONNX_BACKEND"] ?? ".build-oracles/onnx-backend"

    @Test(.enabled(if: FileManager.default.fileExists(atPath: directory)))
    func noCaseOfOnnxFails() throws {
        let report = try Conformance.run(directories: [Self.directory])
        for result in report.cases {
            guard case .failed(let reason) = result.outcome else { continue }
            Issue.record("\(result.path): \(reason)")
        }
        #expect(report.failed == 0)
        #expect(report.passed >= 400)
    }
}
