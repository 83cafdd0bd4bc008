import Kernels
import ModelGraph
import Operators
import Runtime
import TensorCore
import Testing

/// Inputs are read where the caller has them, if they can be: the results are the same as with a copy.
@Suite struct InputPlaceTests {
    private static let shape = [1, 3, 9, 7]

    /// Two layers; the second output, if wanted, is the input itself.
    private static func session(_ elementType: ElementType, givesInput: Bool = false) throws -> Session {
        var graph = Graph()
        let quantization = elementType == .float32 ? nil : QuantizationParameters(scale: 0.5, zeroPoint: 0)
        let type = TensorType(elementType, fixedShape: shape, quantization: quantization)
        let x = graph.addValue(name: "x", type: .tensor(type))
        graph.inputs = [x]
        var float = x
        if quantization != nil {
            float = graph.addValue(name: "float", type: .unknown)
            try graph.addNode(Node(name: "", op: Dequantize(), inputs: [x], outputs: [float]))
        }
        let sum = graph.addValue(name: "sum", type: .unknown)
        let y = graph.addValue(name: "y", type: .unknown)
        try graph.addNode(Node(name: "", op: Addition(), inputs: [float, float], outputs: [sum]))
        try graph.addNode(
            Node(name: "", op: MaxPool(window: SpatialWindow(kernel: [2, 3])), inputs: [sum], outputs: [y]))
        graph.outputs = givesInput ? [y, x] : [y]
        let executor = CompiledExecutor(kernels: try .selected(), pool: try ThreadPool(threads: 2))
        let plan = try #require(try executor.plan(graph, inputTypes: [type]))
        return Session(plan: plan, pool: executor.pool)
    }

    private static func tensor(_ elementType: ElementType, seed: Int) -> Tensor {
        let count = shape.reduce(1, *)
        let codes = (0..<count).map { ($0 * 37 + seed * 11) % 101 - 50 }
        let quantization = QuantizationParameters(scale: 0.5, zeroPoint: 0)
        return elementType == .float32
            ? Tensor(codes.map { Float($0) / 4 }, shape: shape)
            : Tensor(codes.map { Int8($0) }, shape: shape, quantization: quantization)
    }

    /// The same elements on an address that is not aligned, in memory without bytes to spare.
    private static func moved(_ tensor: Tensor) -> (tensor: Tensor, memory: UnsafeMutableRawBufferPointer) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: tensor.byteCount + 4, alignment: 64)
        let place = UnsafeMutableRawBufferPointer(rebasing: memory[4...])
        tensor.withBytes { place.copyMemory(from: $0) }
        let storage = TensorStorage(lending: place)
        return (
            Tensor(tensor.elementType, shape: tensor.shape, storage: storage, quantization: tensor.quantization), memory
        )
    }

    @Test(arguments: [ElementType.float32, .int8], [false, true])
    func givesTheSameFromEverywhere(_ elementType: ElementType, givesInput: Bool) throws {
        let session = try Self.session(elementType, givesInput: givesInput)
        func run(_ tensor: Tensor) throws -> [[UInt8]] {
            try session.run([.tensor(tensor)]) { _, _ in }.map { output in
                try #require(output.tensor).withBytes { Array($0) }
            }
        }
        let tensors = (0..<3).map { Self.tensor(elementType, seed: $0) }
        let before = tensors.map { $0.withBytes { Array($0) } }
        let aside = tensors.map(Self.moved)
        defer { for copy in aside { copy.memory.deallocate() } }
        let copied = try aside.map { try run($0.tensor) }
        #expect(Set(copied).count == 3)
        // Its own memory, another's, a copy, and the first again.
        for index in [0, 1, 1, 0] { #expect(try run(tensors[index]) == copied[index]) }
        #expect(try run(aside[2].tensor) == copied[2])
        #expect(try run(tensors[0]) == copied[0])
        #expect(tensors.map { $0.withBytes { Array($0) } } == before)
    }
}
