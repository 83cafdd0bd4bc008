public import ModelGraph
public import TensorCore

/// ONNX `ConvTranspose`: x (N, C, spatial…), w (C, M / group, kernel…), optional bias (M) → (N, M, spatial…), the
/// gradient of a convolution with respect to its input.
public struct TransposedConvolution: TensorOperator {
    public static let name = "ConvTranspose"

    public var window: SpatialWindow
    public var group: Int
    /// Extra extent at the end of each spatial axis.
    public var outputPadding: [Int]?
    /// The spatial extents of the output; the padding follows from them.
    public var outputShape: [Int]?

    public init(
        window: SpatialWindow = SpatialWindow(), group: Int = 1, outputPadding: [Int]? = nil,
        outputShape: [Int]? = nil
    ) {
        self.window = window
        self.group = group
        self.outputPadding = outputPadding
        self.outputShape = outputShape
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType(0..<3)
        let x = try inputs.tensor(0)
        guard group >= 1 else {
            throw OctetError(.invalidModel, "attribute 'group' must be positive", found: "\(group)")
        }
        guard let xShape = x.shape, let wShape = try inputs.tensor(1).fixedShape else {
            return [.tensor(x.elementType, nil)]
        }
        guard xShape.count == wShape.count, xShape.count >= 3, wShape[0] % group == 0,
            xShape[1].value.map({ $0 == wShape[0] }) ?? true
        else {
            throw OctetError(
                .invalidModel, "input and weights do not fit", expected: "as many channels and axes",
                found: "\(xShape.map(\.description)) and \(wShape)")
        }
        let channels = try Shapes.product(wShape[1], group)
        if let bias = try inputs.optionalTensor(2)?.fixedShape, bias != [channels] {
            throw OctetError(.invalidModel, "the bias does not fit", expected: "[\(channels)]", found: "\(bias)")
        }
        let spatial = xShape.dropFirst(2).map(\.value)
        guard !spatial.contains(nil) else {
            let extents = outputShape.map { $0.map(Dimension.fixed) } ?? spatial.map { _ in .unknown }
            return [.tensor(x.elementType, [xShape[0], .fixed(channels)] + extents)]
        }
        let axes = try resolve(spatial.compactMap { $0 }, kernel: Array(wShape.dropFirst(2)))
        return [.tensor(x.elementType, [xShape[0], .fixed(channels)] + axes.map { .fixed($0.output) })]
    }

    /// One spatial axis with everything worked out: element i of the input reaches element
    /// `i * stride + k * dilation - padBegin` of the output through element k of the kernel.
    public struct Axis: Sendable {
        public let input: Int
        public let kernel: Int
        public let stride: Int
        public let dilation: Int
        public let padBegin: Int
        public let output: Int
    }

    /// - Parameters:
    ///   - input: the spatial extents of the input.
    ///   - kernel: those of the kernel.
    /// - Throws: `invalidModel` or `unsupported` where the attributes do not fit.
    public func resolve(_ input: [Int], kernel: [Int]) throws -> [Axis] {
        let rank = input.count
        let ones = Array(repeating: 1, count: rank)
        let zeros = Array(repeating: 0, count: rank)
        let strides = window.strides ?? ones
        let dilations = window.dilations ?? ones
        let extra = outputPadding ?? zeros
        var pads = zeros + zeros
        if case .explicit(let given?) = window.padding { pads = given }
        let limit = 1 << 30
        for values in [strides, dilations, kernel, extra, input, pads] {
            guard values.allSatisfy({ $0 >= 0 && $0 <= limit }) else {
                throw OctetError(.invalidModel, "an attribute is out of range", found: "\(values)")
            }
        }
        guard strides.count == rank, dilations.count == rank, extra.count == rank, pads.count == 2 * rank,
            !strides.contains(0), !dilations.contains(0), window.kernel ?? kernel == kernel,
            outputShape.map({ $0.count == rank || $0.count == rank + 2 }) ?? true
        else { throw OctetError(.invalidModel, "the attributes do not fit an input with \(rank) spatial axes") }
        return try (0..<rank).map { axis in
            let natural =
                try Shapes.product(max(0, input[axis] - 1), strides[axis]) + extra[axis]
                + Shapes.product(max(0, kernel[axis] - 1), dilations[axis]) + 1
            var begin = pads[axis]
            var output = natural - begin - pads[rank + axis]
            var wanted = outputShape.map { $0[$0.count - rank + axis] }
            if wanted == nil, window.padding == .sameUpper || window.padding == .sameLower {
                wanted = try Shapes.product(input[axis], strides[axis])
            }
            if let wanted {
                let total = natural - wanted
                guard total >= 0, wanted >= 0 else {
                    throw OctetError(
                        .unsupported, "a transposed convolution larger than its windows reach",
                        expected: "at most \(natural)", found: "\(wanted)")
                }
                begin = window.padding == .sameUpper ? total / 2 : total - total / 2
                output = wanted
            }
            guard output >= 0 else { throw OctetError(.invalidModel, "the output has a negative extent") }
            return Axis(
                input: input[axis], kernel: kernel[axis], stride: strides[axis], dilation: dilations[axis],
                padBegin: begin, output: output)
        }
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.requireAll(.reals) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0), output.count > 0 else { return }
        let x = try inputs.required(0)
        let w = try inputs.required(1)
        let axes = try resolve(Array(x.shape.dropFirst(2)), kernel: Array(w.shape.dropFirst(2)))
        let (values, weights) = (try x.reals(), try w.reals())
        let bias = try inputs.optional(2)?.reals()
        let rows = links(axes.dropLast())
        let lines = links(axes.suffix(1))
        let (inputWidth, kernelWidth) = (axes[axes.count - 1].input, axes[axes.count - 1].kernel)
        let outputWidth = axes[axes.count - 1].output
        let (inputPlane, kernelPlane) = (axes.reduce(1) { $0 * $1.input }, axes.reduce(1) { $0 * $1.kernel })
        let outputPlane = axes.reduce(1) { $0 * $1.output }
        let (inputChannels, outputChannels) = (x.shape[1] / group, w.shape[1])
        var result = [Double](repeating: 0, count: output.count)
        for image in 0..<x.shape[0] {
            for channel in 0..<group * outputChannels {
                let base = (image * group * outputChannels + channel) * outputPlane
                for index in 0..<outputPlane { result[base + index] = bias?[channel] ?? 0 }
                let firstInput = channel / outputChannels * inputChannels
                for inputChannel in firstInput..<firstInput + inputChannels {
                    let source = (image * x.shape[1] + inputChannel) * inputPlane
                    let filter = (inputChannel * outputChannels + channel % outputChannels) * kernelPlane
                    for row in rows {
                        let from = source + row.input * inputWidth
                        let tap = filter + row.kernel * kernelWidth
                        let to = base + row.output * outputWidth
                        for line in lines {
                            result[to + line.output] += values[from + line.input] * weights[tap + line.kernel]
                        }
                    }
                }
            }
        }
        try output.setReals(result)
    }

    /// Which element of the input reaches which of the output through which of the kernel, over some axes.
    private func links(_ axes: ArraySlice<Axis>) -> [(input: Int, kernel: Int, output: Int)] {
        var links = [(input: 0, kernel: 0, output: 0)]
        for axis in axes {
            var next: [(input: Int, kernel: Int, output: Int)] = []
            for link in links {
                for position in 0..<axis.input {
                    for tap in 0..<axis.kernel {
                        let target = position * axis.stride + tap * axis.dilation - axis.padBegin
                        guard target >= 0, target < axis.output else { continue }
                        next.append(
                            (
                                link.input * axis.input + position, link.kernel * axis.kernel + tap,
                                link.output * axis.output + target
                            ))
                    }
                }
            }
            links = next
        }
        return links
    }
}
