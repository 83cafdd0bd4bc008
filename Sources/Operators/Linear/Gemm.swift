public import ModelGraph
public import TensorCore

/// ONNX `Gemm`: alpha · A′ · B′ + beta · C, where ′ transposes if so asked and C broadcasts to the product.
public struct Gemm: QuantizableOperator {
    public static let name = "Gemm"

    public var alpha: Float
    public var beta: Float
    public var transposesA: Bool
    public var transposesB: Bool

    public init(alpha: Float = 1, beta: Float = 1, transposesA: Bool = false, transposesB: Bool = false) {
        self.alpha = alpha
        self.beta = beta
        self.transposesA = transposesA
        self.transposesB = transposesB
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType(0..<3)
        let a = try inputs.tensor(0)
        let b = try inputs.tensor(1)
        let c = try inputs.optionalTensor(2)
        guard let aShape = a.shape, let bShape = b.shape else { return [.tensor(a.resultType, nil)] }
        guard aShape.count == 2, bShape.count == 2 else {
            throw OctetError(
                .invalidModel, "the inputs must be matrices", expected: "rank 2",
                found: "ranks \(aShape.count) and \(bShape.count)")
        }
        if let depthA = aShape[transposesA ? 0 : 1].value, let depthB = bShape[transposesB ? 1 : 0].value,
            depthA != depthB
        {
            throw OctetError(.invalidModel, "the matrices do not fit", expected: "\(depthA) rows", found: "\(depthB)")
        }
        let shape = [aShape[transposesA ? 1 : 0], bShape[transposesB ? 0 : 1]]
        if let cShape = c?.fixedShape, let fixed = TensorType(.float32, shape: shape).fixedShape,
            try Shapes.broadcast(fixed: [cShape, fixed]) != fixed
        {
            throw OctetError(
                .invalidModel, "input 2 does not broadcast to the product", expected: "\(fixed)", found: "\(cShape)")
        }
        return [.tensor(a.resultType, shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireOperandsAndBias() }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard alpha == 1, beta == 1, !transposesA, inputs.constant(1) != nil, let a = try? inputs.tensor(0),
            a.elementType == .float32, let shape = inputs.constant(1)?.shape
        else { return nil }
        if inputs.isPresent(2) {
            let bias = inputs.constant(2)?.shape
            guard bias == [shape[transposesB ? 0 : 1]] else { return nil }
        }
        return QuantizationRule(
            .computing, inputs: [.activation, .weight(channelAxis: transposesB ? 0 : 1), .bias], output: .free)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let a = try inputs.required(0)
        let b = try inputs.required(1)
        let c = inputs.optional(2)
        if a.quantization != nil {
            try evaluateQuantized(a, b, c, into: output)
        } else if a.elementType == .float64 {
            let sums = product(try a.reals(), a.shape, try b.reals(), b.shape, try spread(c, output) { try $0.reals() })
            try output.setReals(sums(Double(alpha), Double(beta)))
        } else {
            let sums = product(
                try a.singles(), a.shape, try b.singles(), b.shape, try spread(c, output) { try $0.singles() })
            try output.setSingles(sums(alpha, beta))
        }
    }

    private func product<T: Accumulating & FloatingPoint>(
        _ a: [T], _ aShape: [Int], _ b: [T], _ bShape: [Int], _ c: [T]?
    ) -> (_ alpha: T, _ beta: T) -> [T] {
        let left = transposesA ? MatrixProduct.transposed(a, rows: aShape[0], columns: aShape[1]) : a
        let right = transposesB ? MatrixProduct.transposed(b, rows: bShape[0], columns: bShape[1]) : b
        let (m, k) = transposesA ? (aShape[1], aShape[0]) : (aShape[0], aShape[1])
        let n = bShape[transposesB ? 0 : 1]
        let zeros = [T](repeating: 0, count: m * n)
        return { alpha, beta in
            if alpha == 1 && beta == 1 {
                return MatrixProduct.product(left, right, initial: c ?? zeros, m: m, n: n, k: k)
            }
            let sums = MatrixProduct.product(left, right, initial: zeros, m: m, n: n, k: k)
            guard let c else { return sums.map { alpha * $0 } }
            return zip(sums, c).map { alpha * $0 + beta * $1 }
        }
    }

    /// The elements of C, broadcast to the output.
    private func spread<T>(_ c: Tensor?, _ output: Tensor, _ read: (Tensor) throws -> [T]) throws -> [T]? {
        guard let c else { return nil }
        let wide = Tensor(c.elementType, shape: output.shape)
        try Expansion.expand(c, into: wide)
        return try read(wide)
    }

    private func evaluateQuantized(_ a: Tensor, _ b: Tensor, _ c: Tensor?, into output: Tensor) throws {
        let channelAxis = transposesB ? 0 : 1
        var weights = try b.centredCodes(axis: channelAxis)
        if transposesB { weights = MatrixProduct.transposed(weights, rows: b.shape[0], columns: b.shape[1]) }
        let n = b.shape[channelAxis]
        let m = a.shape[0]
        let bias = try c?.codes() ?? Array(repeating: 0, count: n)
        guard bias.count == n else {
            throw OctetError(.unsupported, "integer evaluation needs a bias of one number a column")
        }
        let initial = Array(repeatElement(bias, count: m).joined())
        let sums = MatrixProduct.product(
            try a.centredCodes(), weights, initial: initial, m: m, n: n, k: a.shape[1])
        try output.setSums(
            sums, input: try a.tensorScale().scale, weights: try b.channelScales(axis: channelAxis).scales
        ) { $0 % n }
    }
}
