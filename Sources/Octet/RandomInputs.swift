public import ModelGraph
public import TensorCore

/// Seeded random inputs for benchmarks: the same on every machine.
public struct RandomInputs {
    /// One tensor an input of the graph.
    public let tensors: [Tensor]

    /// - Parameter types: fixed types, one an input.
    public init(graph: Graph, types: [TensorType], seed: UInt64 = 1) {
        self.init(types: types, vocabularies: graph.inputs.map { Self.vocabulary(of: $0, in: graph) }, seed: seed)
    }

    /// - Parameter vocabularies: for each input of IDs, how many there are.
    init(types: [TensorType], vocabularies: [Int?], seed: UInt64 = 1) {
        var generator = SplitMix64(state: seed)
        tensors = zip(types, vocabularies).map { type, limit in Self.tensor(type, limit: limit, &generator) }
    }

    private static func tensor(_ type: TensorType, limit: Int?, _ generator: inout SplitMix64) -> Tensor {
        let shape = type.fixedShape ?? []
        let count = shape.reduce(1, *)
        let integers = Tensor((0..<count).map { _ in Int64(generator.next() % UInt64(limit ?? 2)) }, shape: shape)
        switch type.elementType {
        case .float32: return Tensor((0..<count).map { _ in Float(generator.normal()) }, shape: shape)
        case .float16: return Tensor((0..<count).map { _ in Half(Float(generator.normal())) }, shape: shape)
        case .float64: return Tensor((0..<count).map { _ in generator.normal() }, shape: shape)
        case .uint8:
            return Tensor((0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }, shape: shape)
        case .int8: return Tensor((0..<count).map { _ in Int8(truncatingIfNeeded: generator.next()) }, shape: shape)
        case .int64: return integers
        case .int32: return Tensor(integers.elements(as: Int64.self).map { Int32($0) }, shape: shape)
        case .bool: return Tensor(integers.elements(as: Int64.self).map { $0 % 2 == 1 }, shape: shape)
        default: return Tensor(type.elementType, shape: shape)
        }
    }

    /// The number of rows of the table that an id input looks up in.
    private static func vocabulary(of id: ValueID, in graph: Graph) -> Int? {
        for node in graph.nodeIDs.map({ graph[$0] }) where node.op.name == "Gather" && node.input(1) == id {
            return node.input(0).flatMap { graph[$0].type.tensorType?.shape?.first?.value }
        }
        return nil
    }
}

/// Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Roughly normal: the sum of twelve uniform numbers less six.
    mutating func normal() -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + Double(next() >> 11) * 0x1p-53 }
    }
}
