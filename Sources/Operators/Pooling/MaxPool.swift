public import ModelGraph
public import TensorCore

/// ONNX `MaxPool`; output 1, if wanted, holds the index of each maximum in the flattened input.
public struct MaxPool: QuantizableOperator {
    public static let name = "MaxPool"

    public var window: SpatialWindow
    public var ceilMode: Bool
    /// Output 1 counts positions as if each plane were stored column by column (attribute `storage_order`).
    public var indicesAreColumnMajor: Bool

    public init(window: SpatialWindow, ceilMode: Bool = false, indicesAreColumnMajor: Bool = false) {
        self.window = window
        self.ceilMode = ceilMode
        self.indicesAreColumnMajor = indicesAreColumnMajor
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        let shape = try window.pooledShape(x.shape, ceilMode: ceilMode)
        return [.tensor(x.elementType, shape), .tensor(.int64, shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .numbers) }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard let x = try? inputs.tensor(0), x.elementType == .float32, inputs.outputCount == 1 else { return nil }
        return QuantizationRule(.following, inputs: [.activation], output: .sameAsInput)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        var x = try inputs.required(0)
        if x.quantization != nil, let output = outputs.optional(0) {
            x = try QuantizedMovement.aligned(x, with: output)
        }
        try x.elementType.accept(
            MaximumLoop(op: self, x: x, output: outputs.optional(0), indices: outputs.optional(1)))
    }
}

private struct MaximumLoop: ElementVisitor {
    let op: MaxPool
    let x: Tensor
    let output: Tensor?
    let indices: Tensor?

    func visit<T: RealElement>(real: T.Type) throws {
        try run(lowest: T(real: -.infinity)) { (a: T, b: T) in a.real > b.real || a.real.isNaN && !b.real.isNaN }
    }

    func visit<T: IntegerElement>(integer: T.Type) throws {
        try run(lowest: T.min) { (a: T, b: T) in a > b }
    }

    private func run<T: TensorElement>(lowest: T, isGreater: (T, T) -> Bool) throws {
        let spatial = Array(x.shape.dropFirst(2))
        let loops = PoolLoops(input: spatial, window: try op.window.resolve(input: spatial, ceilMode: op.ceilMode))
        let plane = spatial.reduce(1, *)
        let outputPlane = loops.window.output.reduce(1, *)
        let planes = x.shape[0] * x.shape[1]
        var values = [T](repeating: lowest, count: planes * outputPlane)
        var positions = [Int](repeating: 0, count: values.count)
        x.withElements(as: T.self) { x in
            loops.forEachWindow { position, offsets, _ in
                for index in 0..<planes {
                    var best = lowest
                    var place = offsets.first ?? 0
                    for offset in offsets where isGreater(x[index * plane + offset], best) {
                        best = x[index * plane + offset]
                        place = offset
                    }
                    values[index * outputPlane + position] = best
                    positions[index * outputPlane + position] = index * plane + numbered(place, spatial)
                }
            }
        }
        output?.withMutableElements(as: T.self) { _ = $0.update(fromContentsOf: values) }
        try indices?.setIntegers(positions)
    }

    private func numbered(_ offset: Int, _ spatial: [Int]) -> Int {
        guard op.indicesAreColumnMajor else { return offset }
        var rest = offset
        var coordinates: [Int] = []
        for extent in spatial.reversed() {
            coordinates.append(rest % extent)
            rest /= extent
        }
        return zip(coordinates, spatial.reversed()).reduce(0) { $0 * $1.1 + $1.0 }
    }
}
