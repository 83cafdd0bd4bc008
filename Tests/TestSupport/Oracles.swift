import Foundation

/// The outside programs that results are compared with: Python scripts in `tools/oracles`, in the environment that
/// the test command makes. Without it the suites that need it are skipped; with `CI=true` they run and fail.
public enum Oracles {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let interpreter = package.appending(path: ".venv-oracles/bin/python").path

    /// The condition of a suite that needs the environment.
    public static let isAvailableOrRequired: Bool =
        FileManager.default.fileExists(atPath: interpreter) || ProcessInfo.processInfo.environment["CI"] == "true"

    /// The dump of ONNX's own backend tests, which the test command makes.
    public static let backendTests =
        ProcessInfo.processInfo.environment["OCTET_ONNX_BACKEND"]
        ?? package.appending(path: ".build-oracles/onnx-backend").path

    /// The condition of a suite that needs the backend tests.
    public static let hasBackendTestsOrRequires: Bool =
        FileManager.default.fileExists(atPath: backendTests) || ProcessInfo.processInfo.environment["CI"] == "true"

    /// Runs a script and returns what it printed.
    /// - Throws: ``OracleFailure`` when it does not end well.
    @discardableResult
    public static func run(_ script: String, _ arguments: [String]) throws -> String {
        let path = package.appending(path: "tools/oracles/\(script)").path
        let environment = ["OCTET_TEST_DATA": TestData.root]
        let result = try ProcessRun(interpreter, [path] + arguments, environment: environment)
        guard result.status == 0 else {
            throw OracleFailure(description: "\(script): \(result.output)\(result.errors)")
        }
        return result.output
    }
}

/// What a script said that did not end well.
public struct OracleFailure: Error, CustomStringConvertible {
    public let description: String
}
