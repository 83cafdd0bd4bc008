import Foundation
import TestSupport
import Testing

/// Damaged copies of models of every kind, each met by a process of its own: whatever the bytes, reading, inspecting,
/// writing, compiling, running and quantizing end in a result or an `OctetError`, in bounded time and memory.
struct DamagedModelTests {
    private static let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "OctetFuzz").path
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// `OCTET_FUZZ_MUTATIONS` asks for more than the few of an ordinary run.
    @Test func damageIsAnError() throws {
        let folders = [
            Self.package + "/Sources/OctetCommand/Resources/Demo",
            Self.package + "/Examples/Classify/Sources/Classify/Resources", TestData.root + "/models",
            Oracles.backendTests,
        ]
        let scratch = try ScratchFolder()
        let result = try ProcessRun(Self.program, ["--findings", scratch("findings")] + folders)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains("ran: "))
        #expect(result.output.contains("refused invalidModel: "))
        #expect(!result.output.contains("wrong"))
    }

    /// A file that ends badly is counted, kept and does not end the run: here none can, for want of memory.
    @Test func whatEndsBadlyIsKept() throws {
        let scratch = try ScratchFolder()
        let result = try ProcessRun(
            Self.program,
            ["--mutations", "3", "--megabytes", "1", "--findings", scratch("findings"), OctetProgram.material])
        #expect(result.status == 1)
        #expect(result.output.contains("wrong: 3"))
        for number in 0..<3 {
            #expect(FileManager.default.fileExists(atPath: scratch("findings/1-\(number).onnx")))
        }
    }
}
