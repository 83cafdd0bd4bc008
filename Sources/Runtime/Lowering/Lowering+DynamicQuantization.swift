internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    /// Codes with parameters computed at run time, and convolutions of such codes.
    static let dynamicQuantization: [Lowering] = [
        Lowering(DynamicQuantizeLinear.self, .writing) { _, context, builder in
            try builder.lowerDynamicQuantization(context)
        },
        Lowering(IntegerConvolution.self, .writing) { op, context, builder in
            guard let x = try builder.dynamicCodes(context), x.rank == 3 || x.rank == 4,
                let weights = builder.symmetricWeights(context.node), weights.rank == x.rank
            else { return false }
            try builder.lowerIntegerConvolution(
                Convolution(window: op.window, group: op.group), x.rank == 4 ? x : x.withRowAxis, weights, context)
            return true
        },
    ]
}

extension PlanBuilder {
    fileprivate mutating func lowerDynamicQuantization(_ context: Lowering.Context) throws -> Bool {
        guard let input = context.node.input(0) else { return false }
        var x = try view(of: input)
        guard x.isFloat, context.node.outputs.allSatisfy({ $0.map { requests.parts[$0] == nil } ?? true }) else {
            return false
        }
        let order = x.physicalOrder
        let codes = newBuffer(elementType: .uint8, shape: x.shape, quantization: nil, order: order)
        if x.strides != codes.strides { x = copied(x, order: order) }
        let scale = newBuffer(elementType: .float32, shape: [], quantization: nil, order: .rowMajor)
        let zeroPoint = newBuffer(elementType: .uint8, shape: [], quantization: nil, order: .rowMajor)
        emitReference(
            RangeQuantization(kernels: kernels), inputs: [x.matrix(columns: 1)],
            outputs: [codes.matrix(columns: 1), scale, zeroPoint], note: "the parameters are found at run time")
        for case (let id?, let view) in zip(context.node.outputs, [codes, scale, zeroPoint]) { setView(id, view) }
        return true
    }

    /// The unsigned codes that a convolution reads.
    fileprivate mutating func dynamicCodes(_ context: Lowering.Context) throws -> View? {
        guard let input = context.node.input(0), requests.parts[context.output] == nil else { return nil }
        let x = try view(of: input)
        guard x.elementType == .uint8, x.quantization == nil else { return nil }
        if let zeroPoint = context.node.input(2), try view(of: zeroPoint).count != 1 { return nil }
        return x
    }

    /// The constant int8 weights of a convolution, if their zero points are 0.
    fileprivate func symmetricWeights(_ node: Node) -> Tensor? {
        guard let weights = constant(node.input(1)), weights.elementType == .int8 else { return nil }
        if let zeroPoint = node.input(3) {
            guard let codes = constant(zeroPoint)?.integers, codes.allSatisfy({ $0 == 0 }) else { return nil }
        }
        return weights
    }

    fileprivate mutating func lowerIntegerConvolution(
        _ op: Convolution, _ x: View, _ weights: Tensor, _ context: Lowering.Context
    ) throws {
        let spatial = try type(of: context.node.inputs[0] ?? context.output).shape.dropFirst(2)
        let window = try op.window.resolve(input: Array(spatial), kernel: Array(weights.shape[2...]))
        let halo = Halo(window)
        let image = halo.isEmpty ? channelsLast(x) : copied(x, order: .channelsLast, halo: halo)
        if !halo.isEmpty, let zeroPoint = context.node.input(2) {
            var whole = image
            whole.offset = 0
            whole.shape = [
                image.shape[0], image.shape[2] + halo.top + halo.bottom, image.shape[3] + halo.left + halo.right,
                image.shape[1],
            ]
            whole.strides = Tensor.rowMajorStrides(whole.shape)
            emitReference(
                ZeroPointHalo(halo: halo), inputs: [try view(of: zeroPoint)], outputs: [whole],
                note: "the zero point is found at run time")
        }
        let y = newBuffer(
            elementType: .int32, shape: try type(of: context.output).shape, quantization: nil, order: .channelsLast)
        emitConvolution(
            ConvolutionGeometry(op, weights: weights, window: window), LinearArithmetic(sumsOf: weights), halo, image,
            nil, y.rank == 4 ? y : y.withRowAxis)
        let size = weights.count / max(weights.shape[0], 1)
        let codes = weights.elements(as: Int8.self)
        let sums = (0..<weights.shape[0]).map { codes[$0 * size..<($0 + 1) * size].reduce(0) { $0 + Int32($1) } }
        if let zeroPoint = context.node.input(2) {
            emitReference(
                ZeroPointSubtraction(), inputs: [try view(of: zeroPoint), constantTable(sums, .int32)],
                outputs: [y.matrix(columns: sums.count)], note: "the zero point is found at run time")
        }
        setView(context.output, y)
    }
}

extension View {
    /// Dense memory of any order as rows of so many elements.
    fileprivate func matrix(columns: Int) -> View {
        var view = self
        view.shape = [count / max(columns, 1), columns]
        view.strides = [columns, 1]
        return view
    }
}

extension Halo {
    /// The padding of a window over rows and columns, or over columns alone.
    init(_ window: SpatialWindow.Resolved) {
        let isPlane = window.padBegin.count == 2
        self.init(
            top: isPlane ? window.padBegin[0] : 0, bottom: isPlane ? window.padEnd[0] : 0,
            left: window.padBegin[isPlane ? 1 : 0], right: window.padEnd[isPlane ? 1 : 0])
    }
}
