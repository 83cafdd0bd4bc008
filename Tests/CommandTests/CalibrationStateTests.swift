import Foundation
import Octet
import TestSupport
import Testing

/// Calibrations that are interrupted, divided or run on other machines end in the same bytes as one run.
@Suite(.serialized)
struct CalibrationStateTests {
    private static let data = ["--calibration", OctetProgram.material + "/calibration.npy"] + OctetProgram.digits

    /// Quantizes the demo's network and returns the file.
    private func quantize(
        _ flags: [String], in scratch: ScratchFolder, environment: [String: String] = [:]
    ) throws -> Data {
        let path = scratch("out.onnx")
        let result = try OctetProgram.run(
            ["quantize", OctetProgram.model, "-o", path] + Self.data + flags, environment: environment)
        try #require(result.status == 0, "\(result.errors)")
        return try Data(contentsOf: URL(filePath: path))
    }

    /// Observes a share of the samples.
    private func observe(_ part: String, _ state: String, _ flags: [String] = []) throws {
        let result = try OctetProgram.run(
            ["quantize", OctetProgram.model, "--calibration-part", part, "--calibration-state", state] + Self.data
                + flags)
        try #require(result.status == 0, "\(result.errors)")
    }

    @Test(arguments: [
        [], ["--calibrator", "minmax"], ["--calibrator", "average"], ["--calibrator", "percentile"],
        ["--calibrator", "entropy"], ["--granularity", "tensor"],
    ])
    func partsGiveTheFileOfOneRun(_ flags: [String]) throws {
        let scratch = try ScratchFolder()
        let whole = try quantize(flags, in: scratch)
        let states = ["a", "b", "c"].map { scratch($0 + ".state") }
        for (index, state) in states.enumerated() { try observe("\(index + 1)/3", state, flags) }
        // Put together in another order.
        let merged = states.reversed().flatMap { ["--calibration-state", $0] }
        #expect(try quantize(flags + merged, in: scratch) == whole)
        // Gone on from a part, and started again where all has been seen.
        let resumed = ["--calibration-state", states[0]]
        #expect(try quantize(flags + resumed, in: scratch) == whole)
        #expect(try quantize(flags + resumed, in: scratch) == whole)
    }

    @Test(arguments: ["scalar", "avx2", "avxvnni", "avx512vnni", "avx512bf16"])
    func everyProcessorGivesTheSameFile(_ set: String) throws {
        guard InstructionSet.supported.contains(where: { $0.rawValue == set }) else { return }
        let scratch = try ScratchFolder()
        let usual = try quantize([], in: scratch)
        for threads in ["1", "2"] {
            let found = try quantize(["--threads", threads], in: scratch, environment: ["OCTET_ISA": set])
            #expect(found == usual, "\(set), \(threads) threads")
        }
    }

    @Test func statesOfSomethingElseAreRefused() throws {
        let scratch = try ScratchFolder()
        let state = scratch("a.state")
        try observe("1/2", state)
        let run = ["quantize", OctetProgram.model, "-o", scratch("out.onnx"), "--calibration-state", state] + Self.data
        #expect(try OctetProgram.failure(run + ["--calibrator", "minmax"]).contains("another set of options"))
        #expect(try OctetProgram.failure(run + ["--samples", "20"]).contains("another set of samples"))
        let other = scratch("other.onnx")
        try FileManager.default.copyItem(atPath: OctetProgram.model, toPath: other)
        let handle = try FileHandle(forWritingTo: URL(filePath: other))
        try handle.seekToEnd()
        // A field that says nothing: the documentation, empty.
        try handle.write(contentsOf: Data([0x32, 0]))
        try handle.close()
        #expect(try OctetProgram.failure([run[0], other] + run.dropFirst(2)).contains("another model"))
    }

    /// Whatever the bytes, a state is used or refused.
    @Test func damagedStatesAreErrors() throws {
        let scratch = try ScratchFolder()
        let state = scratch("a.state")
        try observe("1/2", state, ["--calibrator", "minmax", "--bias-correction", "off", "--weight-rounding", "off"])
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: state)))
        var random = SplitMix64(state: 5)
        var refused = 0
        for round in 0..<20 {
            var damaged = bytes
            if round == 0 { damaged.removeLast(bytes.count / 2) }
            for _ in 0..<8 { damaged[Int(random.next() % UInt64(damaged.count))] = UInt8(0x30 + random.next() % 10) }
            try Data(damaged).write(to: URL(filePath: state))
            let result = try OctetProgram.run(
                [
                    "quantize", OctetProgram.model, "-o", scratch("out.onnx"), "--calibration-state", state,
                    "--calibrator", "minmax", "--bias-correction", "off", "--weight-rounding", "off",
                ] + Self.data)
            #expect([0, 1].contains(result.status), "\(result.errors)")
            refused += result.status
        }
        #expect(refused >= 15)
    }

    @Test func aPartNeedsAState() throws {
        let result = try OctetProgram.run(
            ["quantize", OctetProgram.model, "--calibration-part", "1/2"] + Self.data)
        #expect(result.status == 64 && result.errors.contains("--calibration-state"))
    }
}
