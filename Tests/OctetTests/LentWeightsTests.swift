import Foundation
import GraphTestSupport
import Octet
import TestSupport
import Testing

/// Stored plans whose weights stay in the model's file.
@Suite struct LentWeightsTests {
    /// The arithmetic of a fully connected layer, which for one vector uses the weights where they stand.
    enum Layer: CaseIterable {
        case float32, uint8
    }

    private static let depth = 512
    private static let channels = 300

    private let scratch: ScratchFolder
    private let model: String

    init() throws {
        scratch = try ScratchFolder()
        model = scratch("model.onnx")
    }

    private var cached: ExecutionOptions { ExecutionOptions(threads: 2, cacheFolder: scratch("cache")) }

    private func write(_ layer: Layer, seed: UInt64 = 1, to path: String? = nil) throws {
        var builder = GraphBuilder(seed: seed)
        let x = builder.input("x", [1, .fixed(Self.depth)])
        let gemm = Gemm(transposesB: true)
        let y: ValueID
        switch layer {
        case .float32: y = try builder.node("y", gemm, [x, builder.random("w", [Self.channels, Self.depth])])
        case .uint8:
            let numbers = builder.randomTensor([Self.channels, Self.depth], -127, 127).floats ?? []
            let codes = Tensor(numbers.map { Int8($0) }, shape: [Self.channels, Self.depth])
            let scale = builder.constant("scale", [1 / 128], [])
            let zero = builder.graph.addConstant(name: "zero", Tensor(scalar: UInt8(128)))
            let w = builder.graph.addConstant(name: "w", codes)
            let quantized = try builder.node("x codes", QuantizeLinear(), [x, scale, zero])
            let data = try builder.node("x again", DequantizeLinear(), [quantized, scale, zero])
            let weights = try builder.node("w real", DequantizeLinear(), [w, scale])
            let product = try builder.node("product", gemm, [data, weights])
            let output = builder.constant("output scale", [0.25], [])
            let rounded = try builder.node("y codes", QuantizeLinear(), [product, output, zero])
            y = try builder.node("y", DequantizeLinear(), [rounded, output, zero])
        }
        try OnnxWriter.write(try builder.finish(y), to: path ?? model)
    }

    private func input() -> [String: Tensor] {
        var builder = GraphBuilder(seed: 9)
        return ["x": builder.randomTensor([1, Self.depth])]
    }

    private func run(_ session: InferenceSession) throws -> [Float] {
        try #require(try session.run(input())["y"]?.floats)
    }

    private func run(_ options: ExecutionOptions) throws -> (output: [Float], use: InferenceSession.CacheUse) {
        let session = try Model.session(path: model, options)
        return (try run(session), session.cacheUse)
    }

    private func planFile() throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch("cache"))
        return scratch("cache/" + (try #require(names.first { $0.hasSuffix(".plan") })))
    }

    @Test(arguments: Layer.allCases)
    func thePlanDoesNotHoldThem(_ layer: Layer) throws {
        try write(layer)
        let expected = try run(ExecutionOptions(threads: 2)).output
        #expect(Set(expected).count > 10)
        let first = try run(cached)
        let second = try run(cached)
        #expect(first.use == .stored && second.use == .found)
        #expect(first.output == expected && second.output == expected)
        let size = try #require(try FileManager.default.attributesOfItem(atPath: planFile())[.size] as? Int)
        let weights = Self.depth * Self.channels * (layer == .float32 ? 4 : 1)
        #expect(size < weights / 2, "\(size) bytes for weights of \(weights)")
    }

    /// What a session has opened stays as it was when another file takes the name.
    @Test(arguments: Layer.allCases)
    func anotherFileOfTheName(_ layer: Layer) throws {
        try write(layer)
        let expected = try run(cached).output
        let session = try Model.session(path: model, cached)
        try write(layer, seed: 2)
        #expect(try run(session) == expected && session.cacheUse == .found)
        let other = try run(ExecutionOptions(threads: 2)).output
        #expect(other != expected)
        for use in [InferenceSession.CacheUse.stored, .found] {
            let found = try run(cached)
            #expect(found.output == other && found.use == use)
        }
        try write(layer)
        let again = try run(cached)
        #expect(again.output == expected && again.use == .found)
    }

    /// A plan is known by what its model was read from, and not by what has the name when it is compiled.
    @Test func aFileReplacedBeforeItIsCompiled() throws {
        try write(.uint8)
        let expected = try run(ExecutionOptions(threads: 2)).output
        let read = try Model(path: model)
        try write(.uint8, seed: 2)
        let session = try read.session(cached)
        #expect(try run(session) == expected && session.cacheUse == .stored)
        let other = try run(ExecutionOptions(threads: 2)).output
        let found = try run(cached)
        #expect(other != expected && found.output == other && found.use == .stored)
    }

    @Test func aFileThatIsCut() throws {
        try write(.uint8)
        _ = try run(cached)
        let good = try Data(contentsOf: URL(filePath: model))
        for length in [0, 100, good.count / 2, good.count - 1] {
            try FileManager.default.removeItem(atPath: model)
            try good.prefix(length).write(to: URL(filePath: model))
            #expect(throws: OctetError.self) { try run(cached) }
        }
    }

    /// A plan whose seal is right and whose places in the model's file are not.
    @Test(arguments: Layer.allCases)
    func placesOutsideTheModel(_ layer: Layer) throws {
        try write(layer)
        let expected = try run(cached).output
        let path = try planFile()
        let key = try #require(ContentHash.Key(Array(try Data(contentsOf: URL(filePath: scratch("cache/key"))))))
        let contents = try #require(SealedFile.open(path, key: key, on: inTurn) { contents, _ in Array(contents) })
        let modelSize = try Data(contentsOf: URL(filePath: model)).count
        let weights = Self.depth * Self.channels * (layer == .float32 ? 4 : 1)
        // The size, that the model's file has it, and where.
        let place = try #require(
            stride(from: 0, to: contents.count - 24, by: 8).first {
                word(contents, $0) == weights && word(contents, $0 + 8) == 1
            })
        let offset = word(contents, place + 16)
        #expect(offset > 0 && offset + weights <= modelSize)
        for damage in [
            (weights, -1), (weights, modelSize - weights + 1), (weights, modelSize + 1), (weights, Int.max),
            (weights, Int.min), (-1, offset), (Int.max, offset), (Int.min, offset), (weights, -offset),
        ] {
            var bytes = contents
            set(&bytes, place, damage.0)
            set(&bytes, place + 16, damage.1)
            try bytes.withUnsafeBytes { try SealedFile.write([$0], to: path, key: key) }
            let again = try run(cached)
            #expect(again.output == expected && again.use == .stored, "\(damage)")
        }
        #expect(try run(cached).use == .found)
    }

    private func inTurn(_ count: Int, _ body: @Sendable (Int) -> Void) { for index in 0..<count { body(index) } }

    private func word(_ bytes: [UInt8], _ place: Int) -> Int {
        bytes.withUnsafeBytes { Int(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Int.self)) }
    }

    private func set(_ bytes: inout [UInt8], _ place: Int, _ value: Int) {
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: place, as: Int.self) }
    }
}
