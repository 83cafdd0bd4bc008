public import ModelGraph
public import TensorCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// ONNX `LpPool`: the p-norm of each window.
public struct LpPool: TensorOperator {
    public static let name = "LpPool"

    public var window: SpatialWindow
    public var order: Int
    public var ceilMode: Bool

    public init(window: SpatialWindow, order: Int = 2, ceilMode: Bool = false) {
        self.window = window
        self.order = order
        self.ceilMode = ceilMode
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard order >= 1 else { throw OctetError(.invalidModel, "attribute 'p' must be positive", found: "\(order)") }
        return [.tensor(x.elementType, try window.pooledShape(x.shape, ceilMode: ceilMode))]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let spatial = Array(x.shape.dropFirst(2))
        let loops = PoolLoops(input: spatial, window: try window.resolve(input: spatial, ceilMode: ceilMode))
        let plane = spatial.reduce(1, *)
        let outputPlane = loops.window.output.reduce(1, *)
        let values = try x.reals()
        var norms = [Double](repeating: 0, count: output.count)
        loops.forEachWindow { position, offsets, _ in
            for index in 0..<x.shape[0] * x.shape[1] {
                let sum = offsets.reduce(0) { $0 + pow(abs(values[index * plane + $1]), Double(order)) }
                norms[index * outputPlane + position] = pow(sum, 1 / Double(order))
            }
        }
        try output.setReals(norms)
    }
}
