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
        let limit = UInt64(limit ?? 2)
        switch type.elementType {
        case .float32: return filled(shape) { Float(generator.normal()) }
        case .float16: return filled(shape) { Half(Float(generator.normal())) }
        case .float64: return filled(shape) { generator.normal() }
        case .uint8: return filled(shape) { UInt8(truncatingIfNeeded: generator.next()) }
        case .int8: return filled(shape) { Int8(truncatingIfNeeded: generator.next()) }
        case .int64: return filled(shape) { Int64(generator.next() % limit) }
        case .int32: return filled(shape) { Int32(generator.next() % limit) }
        case .bool: return filled(shape) { generator.next() % 2 == 1 }
        default: return Tensor(type.elementType, shape: shape)
        }
    }

    /// A tensor of values that are made in place.
    private static func filled<Element: TensorElement>(_ shape: [Int], _ next: () -> Element) -> Tensor {
        let tensor = Tensor(Element.elementType, shape: shape)
        let elements = tensor.storage.bytes.bindMemory(to: Element.self)
        for index in elements.indices { elements.initializeElement(at: index, to: next()) }
        return tensor
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
