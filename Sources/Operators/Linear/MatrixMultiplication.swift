public import ModelGraph
public import TensorCore

/// ONNX `MatMul`: numpy's matmul, with broadcast leading axes.
public struct MatrixMultiplication: QuantizableOperator {
    public static let name = "MatMul"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType(0..<2)
        let a = try inputs.tensor(0)
        return [.tensor(a.resultType, try Self.outputShape(a.shape, inputs.tensor(1).shape))]
    }

    static func outputShape(_ a: [Dimension]?, _ b: [Dimension]?) throws -> [Dimension]? {
        guard let a, let b else { return nil }
        guard let depthA = a.last, let depthB = b.count == 1 ? b[0] : b.dropLast().last else {
            throw OctetError(.invalidModel, "a scalar has no matrix product")
        }
        if let depthA = depthA.value, let depthB = depthB.value, depthA != depthB {
            throw OctetError(
                .invalidModel, "the matrices do not fit", expected: "\(depthA) rows", found: "\(depthB)")
        }
        let batch = try Shapes.broadcast([Array(a.dropLast(2)), Array(b.dropLast(2))]) ?? []
        return batch + (a.count == 1 ? [] : [a[a.count - 2]]) + (b.count == 1 ? [] : [b[b.count - 1]])
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.numbers) }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard let a = try? inputs.tensor(0), let b = try? inputs.tensor(1), a.elementType == .float32,
            b.elementType == .float32
        else { return nil }
        let isWeight = inputs.constant(1)?.rank == 2
        return QuantizationRule(
            .computing, inputs: [.activation, isWeight ? .weight(channelAxis: 1) : .activation], output: .free)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let a = try inputs.required(0)
        let b = try inputs.required(1)
        let product = try BatchedProduct(a: a.shape, b: b.shape)
        if a.quantization != nil {
            let axis = b.rank - 1
            let sums = product.run(try a.centredCodes(), try b.centredCodes(axis: axis))
            let channels = b.rank == 1 ? 1 : product.n
            try output.setSums(
                sums, input: try a.tensorScale().scale, weights: try b.channelScales(axis: axis).scales
            ) { $0 % channels }
        } else if a.elementType == .float64 {
            try output.setReals(product.run(try a.reals(), try b.reals()))
        } else if let left = a.integers, let right = b.integers {
            let sums = product.run(left.map(Int64.init), right.map(Int64.init))
            try output.setIntegers(sums.map(Int.init))
        } else {
            try output.setSingles(product.run(try a.singles(), try b.singles()))
        }
    }
}
