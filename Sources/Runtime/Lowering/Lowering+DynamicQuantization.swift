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
                let given = builder.constant(context.node.input(1)), given.rank == x.rank,
                let weights = ShiftedWeights(
                    given, axis: 0, zeroPoint: context.node.input(3).map { builder.constant($0) }),
                op.group == 1 || weights.offsets.isEmpty
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

    fileprivate mutating func lowerIntegerConvolution(
        _ op: Convolution, _ x: View, _ weights: ShiftedWeights, _ context: Lowering.Context
    ) throws {
        let spatial = try type(of: context.node.inputs[0] ?? context.output).shape.dropFirst(2)
        let window = try op.window.resolve(input: Array(spatial), kernel: Array(weights.codes.shape[2...]))
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
        var shape = try type(of: context.output).shape
        let channels = shape[1]
        shape[1] = weights.codes.shape[0]
        let y = newBuffer(elementType: .int32, shape: shape, quantization: nil, order: .channelsLast)
        emitConvolution(
            ConvolutionGeometry(op, weights: weights.codes, window: window), weights.arithmetic, halo, image, nil, nil,
            y.rank == 4 ? y : y.withRowAxis)
        emitShift(
            weights, zeroPoint: try context.node.input(2).map { try view(of: $0) }, of: y.matrix(columns: shape[1]))
        var result = y
        result.shape[1] = channels
        setView(context.output, result)
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
