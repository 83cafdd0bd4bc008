internal import Kernels
internal import ModelGraph
internal import TensorCore

/// The numbers of a convolution or matrix product with constant weights: which kernel, scales, zero points, clamps.
struct LinearArithmetic {
    var kind: octet_conv_kind
    /// What weights and bias follow from.
    var origin: ConstantOrigin
    let weights: Tensor
    /// int32 or float32, or none.
    let bias: Tensor?
    /// One factor an output channel for the integer kinds.
    let scale: [Float]
    let inputZeroPoint: Int32
    var outputScale: Float = 1
    var outputZeroPoint: Int32 = 0
    var minimum: Int32 = 0
    var maximum: Int32 = 255
    var floatMinimum = -Float.infinity
    var floatMaximum = Float.infinity

    /// - Parameters:
    ///   - channels: output channels, all groups together.
    ///   - bias: `nil` when there is none; `.some(nil)` when there is one that is not constant.
    /// - Returns: `nil` when no kernel does this combination of types.
    init?(
        x: View, weights: Tensor, bias: Tensor??,
        channels: Int, output: (elementType: ElementType, shape: [Int], quantization: QuantizationParameters?),
        clamp: Fusions.Clamp
    ) {
        if case .some(.none) = bias { return nil }
        self.bias = bias ?? nil
        origin = ConstantOrigin(tensors: [weights] + [self.bias].compactMap { $0 })
        if x.isFloat, weights.elementType == .float32, output.elementType == .float32 {
            guard self.bias.map({ $0.elementType == .float32 }) ?? true else { return nil }
            self.weights = weights
            kind = OCTET_CONV_F32
            scale = []
            inputZeroPoint = 0
            floatMinimum = clamp.minimum
            floatMaximum = clamp.maximum
            return
        }
        let weights = weights.centredBytes
        self.weights = weights
        guard x.isQuantized, weights.elementType == .int8, let weightParameters = weights.quantization,
            weightParameters.isSymmetric, self.bias.map({ $0.elementType == .int32 }) ?? true
        else { return nil }
        let weightScales =
            weightParameters.isPerTensor
            ? Array(repeating: weightParameters.scales[0], count: channels) : weightParameters.scales
        guard weightScales.count == channels else { return nil }
        let inputScale = x.scale
        if output.elementType == .float32 {
            kind = OCTET_CONV_U8_F32
            scale = weightScales.map { inputScale * $0 }
            inputZeroPoint = x.carrierZeroPoint
            floatMinimum = clamp.minimum
            floatMaximum = clamp.maximum
            return
        }
        guard let parameters = output.quantization, parameters.isPerTensor, let outputScale = parameters.scales.first,
            output.elementType == .uint8 || output.elementType == .int8
        else { return nil }
        kind = OCTET_CONV_U8_U8
        scale = weightScales.map { inputScale * $0 / outputScale }
        inputZeroPoint = x.carrierZeroPoint
        self.outputScale = outputScale
        let bounds = QuantizedClamp(clamp, scale: outputScale, parameters, output.elementType)
        outputZeroPoint = bounds.zeroPoint
        minimum = bounds.minimum
        maximum = bounds.maximum
    }

    /// Whether no scaled sum can leave int32, whatever the weights.
    var isBounded: Bool { scale.allSatisfy { $0.magnitude < 1 } }

    /// The int32 sums of uint8 codes times int8 weights.
    init(sumsOf weights: Tensor) {
        kind = OCTET_CONV_U8_S32
        origin = ConstantOrigin(tensors: [weights])
        self.weights = weights
        bias = nil
        scale = []
        inputZeroPoint = 0
    }

    /// Calls `body` with the addresses of weights, bias and scales.
    func withOperands(_ body: (UnsafeRawPointer?, UnsafeRawPointer?, UnsafePointer<Float>?) -> Void) {
        weights.withBytes { weightBytes in
            scale.withUnsafeBufferPointer { scales in
                let scalePointer = scales.isEmpty ? nil : scales.baseAddress
                guard let bias = bias?.aligned else {
                    body(weightBytes.baseAddress, nil, scalePointer)
                    return
                }
                bias.withBytes { body(weightBytes.baseAddress, $0.baseAddress, scalePointer) }
            }
        }
    }
}

/// The clamp of a quantized output in the carrier's bytes.
struct QuantizedClamp {
    var zeroPoint: Int32
    var minimum: Int32
    var maximum: Int32

    init(_ clamp: Fusions.Clamp, scale: Float, _ parameters: QuantizationParameters, _ elementType: ElementType) {
        let zeroPoint = (parameters.zeroPoints.first ?? 0) + (elementType == .int8 ? 128 : 0)
        func code(_ bound: Float) -> Int32 {
            let code = (bound / scale).rounded(.toNearestOrEven) + Float(zeroPoint)
            return Int32(min(max(code, 0), 255))
        }
        self.zeroPoint = zeroPoint
        minimum = code(clamp.minimum)
        maximum = code(clamp.maximum)
    }
}

extension Tensor {
    /// uint8 codes around zero points of 128 as int8 codes around 0, which stand for the same numbers; other tensors
    /// as they are.
    fileprivate var centredBytes: Tensor {
        guard elementType == .uint8, var parameters = quantization, parameters.zeroPoints.allSatisfy({ $0 == 128 })
        else { return self }
        parameters.zeroPoints = parameters.zeroPoints.map { _ in 0 }
        let codes = elements(as: UInt8.self).map { Int8(bitPattern: $0 ^ 0x80) }
        return Tensor(codes, shape: shape, quantization: parameters)
    }

    /// The tensor with its first element on an address that its type allows.
    var aligned: Tensor {
        guard let base = storage.bytes.baseAddress, let stride = elementType.byteStride else { return self }
        return Int(bitPattern: base + byteOffset) % stride == 0 ? self : copied()
    }
}

extension octet_conv_kind {
    fileprivate var hasVectorKernel: Bool {
        self == OCTET_CONV_U8_U8 || self == OCTET_CONV_U8_F32 || self == OCTET_CONV_F32
    }
}

extension octet_conv_packing {
    /// Whether every output channel's weights lie in one row, and the rows behind each other.
    fileprivate var hasRows: Bool {
        groups == 1 && taps == 1 && run_outer == 1 && run_inner_stride == 1 && channel_stride == run_inner
    }
}

extension octet_conv_args {
    /// Whether weights are used so few times that packing them would cost more than it saves. With short rows adding up
    /// the lanes is what takes the time.
    fileprivate var hasFewVectors: Bool {
        images == 1 && rows == 1 && columns <= Int64(OCTET_GEMV_MOST_VECTORS) && run >= 256
    }

    /// Sets zero point and clamps, of codes as `carrier_offset` says.
    fileprivate mutating func fill(_ arithmetic: LinearArithmetic) {
        zero_point = arithmetic.outputZeroPoint - carrier_offset
        minimum = arithmetic.minimum - carrier_offset
        maximum = arithmetic.maximum - carrier_offset
        float_minimum = arithmetic.floatMinimum
        float_maximum = arithmetic.floatMaximum
        bounded = arithmetic.isBounded && isSumBounded ? 1 : 0
    }

    /// Whether the sum with the residual cannot leave int32; true without one.
    fileprivate var isSumBounded: Bool {
        255 * (sum_ratio.magnitude + residual_ratio.magnitude) + sum_constant.magnitude < 0x1p30
    }
}

extension PlanBuilder {
    /// Packs weights and emits the convolution kernel; `args` has the geometry (and the sum with `residual`), the rest
    /// is filled in here.
    /// - Parameter tapPlaces: where the weights of each tap lie, if they are not `packing.tap_stride` apart.
    mutating func emitLinear(
        _ arithmetic: LinearArithmetic, _ packing: octet_conv_packing, _ args: octet_conv_args, tapOffsets: [Int64],
        tapPlaces: [Int64]? = nil, input: View, residual: View? = nil, tail: FusedTail? = nil, output: View,
        macs: Int
    ) {
        var (arithmetic, packing, args, input) = (arithmetic, packing, args, input)
        args.taps = packing.taps
        if let narrowed = narrowed(input, for: arithmetic, args, tapOffsets) {
            input = narrowed
            arithmetic.kind = OCTET_CONV_BF16
        }
        packing.kind = arithmetic.kind
        packing.input_zero_point = arithmetic.inputZeroPoint
        let isPlain = residual == nil && tail == nil && tapPlaces == nil
        if isPlain, arithmetic.kind.hasVectorKernel, packing.hasRows, args.hasFewVectors {
            return emitVectors(arithmetic, packing, args, input: input, output: output, macs: macs)
        }
        packing.panel_width = octet_conv_panel_width(
            kernels.pointer, arithmetic.kind, args.channels, packing.taps * args.run)
        let size = octet_packed_conv_size(&packing)
        let form = "panels" + (tapPlaces.map { " of \($0)" } ?? "")
        let weights = packedView(arithmetic, packing, form, byteCount: size) { [kernels] packing, target in
            guard let tapPlaces else {
                octet_pack_conv(kernels.pointer, &packing, target.baseAddress)
                return
            }
            tapPlaces.withUnsafeBufferPointer { places in
                packing.tap_places = places.baseAddress
                octet_pack_conv(kernels.pointer, &packing, target.baseAddress)
            }
        }
        args.panel_width = packing.panel_width
        args.fill(arithmetic)
        let tasks = octet_conv_schedule(&args, arithmetic.kind, Int32(threads))
        var pointers: [(PartialKeyPath<octet_conv_args>, View)] = [
            (\octet_conv_args.input, input), (\octet_conv_args.tap_offsets, constantTable(tapOffsets, .int64)),
            (\octet_conv_args.weights, weights),
        ]
        var (kernel, name) =
            switch arithmetic.kind {
            case OCTET_CONV_U8_U8: (kernels.conv_u8_u8, "conv_u8_u8")
            case OCTET_CONV_U8_F32: (kernels.conv_u8_f32, "conv_u8_f32")
            case OCTET_CONV_U8_S32: (kernels.conv_u8_s32, "conv_u8_s32")
            case OCTET_CONV_BF16: (kernels.conv_bf16, "conv_bf16")
            default: (kernels.conv_f32, "conv_f32")
            }
        if let residual {
            (kernel, name) =
                switch arithmetic.kind {
                case OCTET_CONV_F32: (kernels.conv_f32_add, "conv_f32_add")
                case OCTET_CONV_BF16: (kernels.conv_bf16_add, "conv_bf16_add")
                default: (kernels.conv_u8_u8_add, "conv_u8_u8_add")
                }
            pointers.append((\octet_conv_args.residual, residual))
        }
        pointers.append((\octet_conv_args.output, output))
        if let tail {
            emit(
                kernels.conv_f32_fused, "conv_f32_fused", octet_conv_fused_args(convolution: args, then: tail.args),
                tasks: tasks, pointers.fields() + tail.fields(at: \octet_conv_fused_args.then),
                multiplyAccumulates: macs)
            return
        }
        emit(
            kernel, name, args, tasks: tasks, pointers, multiplyAccumulates: macs,
            precision: arithmetic.kind == OCTET_CONV_BF16 ? .bfloat16 : nil)
    }

    /// Emits the product of a few vectors with weights that stay where the network has them.
    private mutating func emitVectors(
        _ arithmetic: LinearArithmetic, _ packing: octet_conv_packing, _ args: octet_conv_args, input: View,
        output: View, macs: Int
    ) {
        let header = packedView(
            arithmetic, packing, "gemv", byteCount: octet_packed_gemv_size(packing.kind, packing.channels)
        ) { packing, target in octet_pack_gemv(&packing, target.baseAddress) }
        var vectors = octet_gemv_args()
        vectors.conv = args
        vectors.conv.taps = 1
        vectors.conv.fill(arithmetic)
        let tasks = octet_gemv_schedule(&vectors, packing.kind, Int32(threads))
        let (kernel, name) =
            switch arithmetic.kind {
            case OCTET_CONV_U8_U8: (kernels.gemv_u8_u8, "gemv_u8_u8")
            case OCTET_CONV_U8_F32: (kernels.gemv_u8_f32, "gemv_u8_f32")
            default: (kernels.gemv_f32, "gemv_f32")
            }
        emit(
            kernel, name, vectors, tasks: tasks,
            [
                (\octet_gemv_args.conv.input, input), (\octet_gemv_args.conv.weights, header),
                (\octet_gemv_args.rows, lentView(arithmetic.weights)), (\octet_gemv_args.conv.output, output),
            ], multiplyAccumulates: macs)
    }

    /// Weights in a form that a kernel reads, for an address field.
    /// - Parameter body: packs the weights, bias and scales that the packing it is given points to.
    mutating func packedView(
        _ arithmetic: LinearArithmetic, _ packing: octet_conv_packing, _ form: String, byteCount: Int,
        _ body: @escaping (inout octet_conv_packing, UnsafeMutableRawBufferPointer) -> Void
    ) -> View {
        let origin = arithmetic.origin
        let form = PackedForm(form + origin.derivation, packing, scale: arithmetic.scale, kernels)
        let base = pack(origin.tensors, form, byteCount: byteCount) { target in
            arithmetic.withOperands { weights, bias, scale in
                var packing = packing
                packing.weights = weights
                packing.bias = bias
                packing.scale = scale
                body(&packing, target)
            }
        }
        return View(base: base, offset: 0, shape: [byteCount], strides: [1], elementType: .uint8, quantization: nil)
    }

    /// Allocates a node's output in an order the kernel can write, and brings the result into place where the
    /// output's memory (a part of another value) has a different order.
    mutating func write(
        _ id: ValueID, order: PhysicalOrder, _ body: (View, inout PlanBuilder) throws -> Void
    ) throws {
        let target = try allocate(id, order)
        guard order == .channelsLast, !target.isChannelsLast else {
            try body(target, &self)
            return
        }
        let temporary = newBuffer(
            elementType: target.elementType, shape: target.shape, quantization: target.quantization, order: order)
        try body(temporary, &self)
        copy(temporary, to: target)
    }
}
