import Foundation
import Octet
import TestSupport
import Testing

/// Compiled networks in a folder: mapped the next time, compiled anew when anything about them is not right.
@Suite struct PlanCacheTests {
    private static let demo = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/OctetCommand/Resources/Demo/digits_cnn.onnx").path

    private let scratch: ScratchFolder
    private let model: String

    init() throws {
        scratch = try ScratchFolder()
        model = scratch("model.onnx")
        try FileManager.default.copyItem(atPath: Self.demo, toPath: model)
    }

    private func options(threads: Int = 1, set: InstructionSet? = nil, folder: String = "cache") -> ExecutionOptions {
        ExecutionOptions(threads: threads, instructionSet: set, cacheFolder: scratch(folder))
    }

    private func run(
        _ options: ExecutionOptions, shapes: [String: [Int]] = [:]
    ) throws -> (outputs: [[UInt8]], use: InferenceSession.CacheUse) {
        try Self.run(model, options, shapes: shapes)
    }

    /// Opens the network, runs it, and says where its plan came from.
    private static func run(
        _ model: String, _ options: ExecutionOptions, shapes: [String: [Int]] = [:]
    ) throws -> (outputs: [[UInt8]], use: InferenceSession.CacheUse) {
        let session = try Model.session(path: model, options)
        let types = try session.concreteInputTypes(shapes: shapes)
        let inputs = RandomInputs(graph: try Model(path: model).graph, types: types).tensors
        let outputs = try session.outputs(for: inputs)
        try session.run(inputs, into: outputs)
        return (outputs.map { $0.withBytes { Array($0) } }, session.cacheUse)
    }

    private func files(_ ending: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: scratch("cache")).filter { $0.hasSuffix(ending) }
            .sorted().map { scratch("cache/\($0)") }
    }

    @Test func theSecondLoadMapsWhatTheFirstStored() throws {
        let expected = try run(ExecutionOptions(threads: 1))
        #expect(expected.use == .off)
        let first = try run(options())
        let second = try run(options())
        #expect(first.use == .stored && second.use == .found)
        #expect(first.outputs == expected.outputs && second.outputs == expected.outputs)
        #expect(try files(".plan").count == 1 && files(".octet-tmp").isEmpty)
    }

    @Test func everythingAPlanDependsOnTellsEntriesApart() throws {
        #expect(try run(options()).use == .stored)
        #expect(try run(options(threads: 2)).use == .stored)
        for set in InstructionSet.supported where set != .best { #expect(try run(options(set: set)).use == .stored) }
        var inBF16 = options()
        inBF16.floatPrecision = .bf16
        #expect(try run(inBF16).use == .stored)
        #expect(try run(inBF16).use == .found)
        let name = try #require(try Model(path: model).graph.concreteInputTypes(shapes: [:]).first?.fixedShape)
        let input = try Model.session(path: model, options()).inputNames[0]
        #expect(try run(options(), shapes: [input: [3] + name.dropFirst()]).use == .stored)
        #expect(try run(options(), shapes: [input: [3] + name.dropFirst()]).use == .found)
        var changed = try Data(contentsOf: URL(filePath: model))
        changed.append(contentsOf: [0x32, 0x01, 0x78])
        try changed.write(to: URL(filePath: model))
        #expect(try run(options()).use == .stored, "a changed model is another one")
        #expect(try run(options()).use == .found)
    }

    @Test func damagedEntriesAreReplaced() throws {
        let expected = try run(options()).outputs
        for ending in [".plan", ".interface"] {
            let path = try #require(try files(ending).first)
            let good = try Data(contentsOf: URL(filePath: path))
            for damage in 0..<8 {
                var bytes = good
                switch damage {
                case 0: bytes = Data()
                case 1: bytes = good.prefix(good.count / 2)
                case 2: bytes.append(1)
                default: bytes[good.count * (damage - 2) / 6] ^= 0x10
                }
                try bytes.write(to: URL(filePath: path))
                let again = try run(options())
                #expect(again.outputs == expected && again.use != .off, "damage \(damage) of \(ending)")
                #expect(try Data(contentsOf: URL(filePath: path)) == good, "the entry is whole again")
            }
        }
    }

    @Test func aModelChangedInMemoryIsNotStored() throws {
        var changed = try Model(path: model)
        changed.graph.name = "another"
        let session = try changed.session(options())
        _ = try session.prepare(session.concreteInputTypes())
        #expect(session.cacheUse == .off)
    }

    @Test func aFolderOthersMayWriteIsRefused() throws {
        _ = try run(options())
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: scratch("cache"))
        #expect(throws: OctetError.self) { try run(options()) }
        _ = try scratch.write("", "file")
        #expect(throws: OctetError.self) { try run(options(folder: "file")) }
    }

    @Test func manyLoadersAtOnceAgree() async throws {
        let expected = try run(ExecutionOptions(threads: 1)).outputs
        try await withThrowingTaskGroup(of: [[UInt8]].self) { [model, options = options()] group in
            for _ in 0..<8 { group.addTask { try Self.run(model, options).outputs } }
            for try await outputs in group { #expect(outputs == expected) }
        }
        #expect(try run(options()).use == .found)
    }
}
