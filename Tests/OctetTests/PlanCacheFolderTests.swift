import Foundation
import GraphTestSupport
import Octet
import TestSupport
import Testing

/// What stays in the folder for compiled networks when there is too much.
@Suite struct PlanCacheFolderTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    /// A convolution on any number of samples, whose weights are packed.
    private func write(_ name: String, seed: UInt64) throws {
        var builder = GraphBuilder(seed: seed)
        let x = builder.input("x", [.symbol("n"), 16, 8, 8])
        let y = try builder.convolution("y", x, inputs: 16, outputs: 64)
        try OnnxWriter.write(try builder.finish(y), to: scratch(name))
    }

    private func use(_ name: String, samples: Int, limit: Int?) throws -> InferenceSession.CacheUse {
        let options = ExecutionOptions(threads: 1, cacheFolder: scratch("cache"), cacheLimit: limit)
        let session = try Model.session(path: scratch(name), options)
        let result = try session.run(["x": Tensor(.float32, shape: [samples, 16, 8, 8])])
        #expect(result["y"]?.shape == [samples, 64, 8, 8])
        return session.cacheUse
    }

    private func files(_ ending: String) throws -> Set<String> {
        guard FileManager.default.fileExists(atPath: scratch("cache")) else { return [] }
        return Set(
            try FileManager.default.contentsOfDirectory(atPath: scratch("cache")).filter { $0.hasSuffix(ending) })
    }

    /// Stores a plan and returns its file, as if it had been used last so many hours ago.
    private func stored(_ name: String, samples: Int, hoursAgo: Double) throws -> String {
        let before = try files(".plan")
        #expect(try use(name, samples: samples, limit: nil) == .stored)
        let new = try #require(try files(".plan").subtracting(before).first)
        try age(new, hoursAgo)
        return new
    }

    private func age(_ file: String, _ hours: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3600 * hours)], ofItemAtPath: scratch("cache/\(file)"))
    }

    private func size(_ file: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: scratch("cache/\(file)"))[.size] as? Int)
    }

    @Test func whatWasNotUsedForLongestGivesWay() throws {
        try write("a.onnx", seed: 1)
        try write("b.onnx", seed: 2)
        let first = try stored("a.onnx", samples: 1, hoursAgo: 9)
        let second = try stored("b.onnx", samples: 1, hoursAgo: 8)
        let third = try stored("a.onnx", samples: 2, hoursAgo: 7)
        let interfaces = try files(".interface")
        #expect(interfaces.count == 2)
        #expect(try use("a.onnx", samples: 1, limit: 0) == .found, "finding one removes none")
        #expect(try files(".plan") == [first, second, third])

        let limit = try size(first) * 5 / 2
        #expect(try use("a.onnx", samples: 3, limit: limit) == .stored)
        let left = try files(".plan")
        #expect(left.count == 2 && left.contains(first), "the new one and the one used a moment ago")
        let stem = String(second.prefix(65))
        #expect(try files(".interface") == interfaces.filter { !$0.hasPrefix(stem) }, "b.onnx has no plan any more")
        #expect(try use("b.onnx", samples: 1, limit: nil) == .stored)
    }

    @Test func theNewOneStaysHoweverLargeItIs() throws {
        try write("a.onnx", seed: 1)
        let first = try stored("a.onnx", samples: 1, hoursAgo: 1)
        #expect(try use("a.onnx", samples: 2, limit: 0) == .stored)
        #expect(try files(".plan").count == 1 && !files(".plan").contains(first))
        #expect(try use("a.onnx", samples: 2, limit: 0) == .found)
    }

    /// A plan that is removed while a session uses it.
    @Test func whoUsesOneKeepsIt() throws {
        try write("a.onnx", seed: 1)
        let first = try stored("a.onnx", samples: 1, hoursAgo: 0)
        let options = ExecutionOptions(threads: 1, cacheFolder: scratch("cache"))
        let session = try Model.session(path: scratch("a.onnx"), options)
        let x = Tensor((0..<16 * 64).map { Float($0 % 7) - 3 }, shape: [1, 16, 8, 8])
        let expected = try session.run(["x": x])["y"]?.floats
        #expect(session.cacheUse == .found)
        try age(first, 1)
        #expect(try use("a.onnx", samples: 2, limit: 0) == .stored)
        #expect(try !files(".plan").contains(first))
        #expect(try session.run(["x": x])["y"]?.floats == expected && expected != nil)
    }

    @Test func filesOfOthersAreLetAlone() throws {
        try write("a.onnx", seed: 1)
        let first = try stored("a.onnx", samples: 1, hoursAgo: 1)
        let own = ["notes.plan", "x-y-z.plan", "my.interface", String(first.dropLast(5)) + ".plan.txt"]
        let unfinished = first + ".123.octet-tmp"
        for name in own + [unfinished] {
            _ = try scratch.write(Array(repeating: 1, count: 1000), "cache/\(name)")
            try age(name, 24)
        }
        let folder = first.dropLast(6) + (first.hasSuffix("0.plan") ? "1.plan" : "0.plan")
        try FileManager.default.createDirectory(atPath: scratch("cache/\(folder)"), withIntermediateDirectories: true)
        let before = try files("")
        #expect(try use("a.onnx", samples: 2, limit: 0) == .stored)
        let after = try files("")
        #expect(before.subtracting(after) == [first, unfinished])
        #expect(after.isSuperset(of: own))
    }
}
