internal import Kernels
internal import TensorCore

extension PlanBuilder {
    /// The input of a float layer rounded to bf16, with the same distances between its elements, if the layer is to
    /// compute in bf16.
    mutating func narrowed(
        _ input: View, for arithmetic: LinearArithmetic, _ args: octet_conv_args, _ tapOffsets: [Int64]
    ) -> View? {
        guard arithmetic.kind == OCTET_CONV_F32, let rate = relativeBFloat16Rate, args.run % 2 == 0,
            let span = args.inputSpan(tapOffsets), LayerCost(args, span: span).isLess(atRelativeRate: rate)
        else { return nil }
        var narrow = octet_narrow_args()
        narrow.count = Int64(span)
        let output = newBuffer(elementType: .bfloat16, shape: [span], quantization: nil, order: .rowMajor)
        let tasks = octet_narrow_schedule(&narrow, Int32(threads))
        emit(
            kernels.narrow_f32_bf16, "narrow_f32_bf16", narrow, tasks: tasks,
            [(\octet_narrow_args.input, input), (\octet_narrow_args.output, output)])
        return output
    }
}

/// What a layer on floats takes, in microseconds of one thread: arithmetic at the rate of the float kernels, while the
/// weights come from memory.
private struct LayerCost {
    private let products: Double
    private let weights: Double
    private let span: Double
    private let productsPerMicrosecond = 60e3
    private let bytesPerMicrosecond = 20e3
    /// Elements rounded to bf16.
    private let roundedPerMicrosecond = 5e3
    /// A step more, and weights that come from a cache and not from memory.
    private let overhead = 2.0

    init(_ args: octet_conv_args, span: Int) {
        weights = Double(args.groups * args.channels) * Double(args.taps * args.run)
        products = weights * Double(args.images * args.rows) * Double(args.columns)
        self.span = Double(span)
    }

    /// Whether bf16 takes less time than float32.
    func isLess(atRelativeRate rate: Double) -> Bool {
        let float = max(products / productsPerMicrosecond, 4 * weights / bytesPerMicrosecond)
        let narrow = max(products / (productsPerMicrosecond * rate), 2 * weights / bytesPerMicrosecond)
        return rate == .infinity || narrow + span / roundedPerMicrosecond + overhead < float
    }
}

extension octet_conv_args {
    /// Elements from the first input to behind the last; `nil` where they are not in ascending order.
    fileprivate func inputSpan(_ tapOffsets: [Int64]) -> Int? {
        let extents = [
            (images, input_strides.image), (rows, input_strides.row), (columns, input_strides.pixel),
            (groups, input_group_stride),
        ]
        guard extents.allSatisfy({ $0.0 == 1 || $0.1 >= 0 }), tapOffsets.allSatisfy({ $0 >= 0 }) else { return nil }
        let last = extents.reduce(tapOffsets.max() ?? 0) { $0 + ($1.0 - 1) * ($1.0 == 1 ? 0 : $1.1) }
        return Int(last + run)
    }
}
