public import ModelGraph
public import TensorCore

/// ONNX `Conv`: x (N, C, spatial…), w (M, C/group, kernel…), optional bias (M) → (N, M, spatial…).
public struct Convolution: QuantizableOperator {
    public static let name = "Conv"

    public var window: SpatialWindow
    public var group: Int

    public init(window: SpatialWindow = SpatialWindow(), group: Int = 1) {
        self.window = window
        self.group = group
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType(0..<3)
        let x = try inputs.tensor(0)
        return [.tensor(x.resultType, try outputShape(x: x, w: inputs.tensor(1), bias: inputs.optionalTensor(2)))]
    }

    /// The shape of the output, `nil` when the rank is not known.
    func outputShape(x: TensorType, w: TensorType, bias: TensorType?) throws -> [Dimension]? {
        guard group >= 1 else {
            throw OctetError(.invalidModel, "attribute 'group' must be positive", found: "\(group)")
        }
        guard let xShape = x.shape, let wShape = w.fixedShape else { return nil }
        guard xShape.count == wShape.count, xShape.count >= 3 else {
            throw OctetError(
                .invalidModel, "input and weights do not have the same rank of at least 3",
                expected: "\(xShape.count)", found: "\(wShape.count)")
        }
        guard wShape[0] % group == 0 else {
            throw OctetError(.invalidModel, "\(wShape[0]) output channels do not divide into \(group) groups")
        }
        if let channels = xShape[1].value, try channels != Shapes.product(wShape[1], group) {
            throw OctetError(
                .invalidModel, "the channels do not fit the weights and group \(group)",
                expected: "\(wShape[1]) · \(group)", found: "\(channels)")
        }
        if let biasShape = bias?.fixedShape, biasShape != [wShape[0]] {
            throw OctetError(
                .invalidModel, "the bias does not fit the weights", expected: "[\(wShape[0])]", found: "\(biasShape)")
        }
        let spatial = xShape.dropFirst(2).map(\.value)
        guard !spatial.contains(nil) else {
            return [xShape[0], .fixed(wShape[0])] + Array(repeating: .unknown, count: spatial.count)
        }
        let resolved = try window.resolve(input: spatial.compactMap { $0 }, kernel: Array(wShape.dropFirst(2)))
        return [xShape[0], .fixed(wShape[0])] + resolved.output.map(Dimension.fixed)
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireOperandsAndBias() }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard let x = try? inputs.tensor(0), x.elementType == .float32, inputs.constant(1) != nil else { return nil }
        return QuantizationRule(.computing, inputs: [.activation, .weight(channelAxis: 0), .bias], output: .free)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let y = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let w = try inputs.required(1)
        let bias = inputs.optional(2)
        let loops = try ConvolutionLoops(x: x.shape, w: w.shape, group: group, window: window)
        if x.quantization != nil {
            try evaluateQuantized(loops, x, w, bias, into: y)
        } else if x.elementType == .float64 {
            let sums = loops.run(try x.reals(), try w.reals(), initial: try bias?.reals())
            try y.setReals(sums)
        } else {
            let sums = loops.run(try x.singles(), try w.singles(), initial: try bias?.singles())
            try y.setSingles(sums)
        }
    }

    private func evaluateQuantized(
        _ loops: ConvolutionLoops, _ x: Tensor, _ w: Tensor, _ bias: Tensor?, into y: Tensor
    ) throws {
        let sums = loops.run(try x.centredCodes(), try w.centredCodes(axis: 0), initial: try bias?.codes())
        let inner = max(1, loops.window.output.reduce(1, *))
        let channels = w.shape[0]
        try y.setSums(sums, input: try x.tensorScale().scale, weights: try w.channelScales(axis: 0).scales) {
            $0 / inner % channels
        }
    }
}
