import Foundation
import TestSupport
import Testing

/// The command as it was built beside the tests.
enum OctetProgram {
    private static let path = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "octet").path

    /// The network and data of the demo.
    static let material = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/OctetCommand/Resources/Demo").path
    static let model = material + "/digits_cnn.onnx"
    static let digits = ["--scale", "0.0625", "--mean", "0.3125"]
    static let test = ["--data", material + "/test.npy", "--labels", material + "/test_labels.npy"] + digits

    static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> ProcessRun {
        try run(arguments, environment: environment)
    }

    static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> ProcessRun {
        try ProcessRun(path, arguments, environment: environment)
    }

    /// Runs what must fail and checks how it does: exit code 1, one line of error and nothing on standard output.
    /// - Returns: the line.
    static func failure(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let result = try run(arguments)
        #expect(result.status == 1, "\(result.errors)", sourceLocation: sourceLocation)
        #expect(result.output.isEmpty, sourceLocation: sourceLocation)
        let lines = result.errors.split(separator: "\n").filter { !$0.hasPrefix("skipped") }
        #expect(lines.count == 1 && lines.first?.hasPrefix("octet: ") == true, sourceLocation: sourceLocation)
        return result.errors
    }
}

extension ProcessRun {
    /// Standard output as the one JSON object it must be.
    func object(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
        return try #require(value as? [String: Any], sourceLocation: sourceLocation)
    }
}
