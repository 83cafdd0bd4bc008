internal import Kernels
internal import TensorCore

extension PlanBuilder {
    /// The input of a float layer rounded to bf16, with the same distances between its elements, if the layer is to
    /// compute in bf16.
    mutating func narrowed(
        _ input: View, for arithmetic: LinearArithmetic, _ args: octet_conv_args, _ tapOffsets: [Int64]
    ) -> View? {
        guard arithmetic.kind == OCTET_CONV_F32, let rate = relativeBFloat16Rate, args.run % 2 == 0,
            let span = args.inputSpan(tapOffsets), LayerCost(args, span: span.count).isLess(atRelativeRate: rate)
        else { return nil }
        var input = input
        input.offset += span.lowerBound
        var narrow = octet_narrow_args()
        narrow.count = Int64(span.count)
        var output = newBuffer(elementType: .bfloat16, shape: [span.count], quantization: nil, order: .rowMajor)
        let tasks = octet_narrow_schedule(&narrow, Int32(threads))
        emit(
            kernels.narrow_f32_bf16, "narrow_f32_bf16", narrow, tasks: tasks,
            [(\octet_narrow_args.input, input), (\octet_narrow_args.output, output)])
        output.offset = -span.lowerBound
        return output
    }
}

/// What a layer on floats takes, in microseconds of one thread: arithmetic, while the weights come from memory.
private struct LayerCost {
    private let products: Double
    private let weights: Double
    /// Elements to round to bf16.
    private let span: Double
    private let productsPerMicrosecond = 60e3
    private let roundedPerMicrosecond = 5e3
    /// Weights that a single pixel gets through: each addition waits for the one before.
    private let weightsInARow = 22e3
    /// For a step more.
    private let overhead = 2.0

    init(_ args: octet_conv_args, span: Int) {
        weights = Double(args.groups * args.channels) * Double(args.taps * args.run)
        products = weights * Double(args.images * args.rows) * Double(args.columns)
        self.span = Double(span)
    }

    /// Whether bf16 takes less time than float32.
    func isLess(atRelativeRate rate: Double) -> Bool {
        rate == .infinity
            || time(rate, weightSize: 2) + span / roundedPerMicrosecond + overhead < time(1, weightSize: 4)
    }

    private func time(_ rate: Double, weightSize: Double) -> Double {
        let bytes = weights * weightSize
        // Up to 1 MB stays in the second-level cache from run to run.
        let bytesPerMicrosecond = bytes <= 0x1p20 ? 80e3 : 28e3
        return max(
            products / (productsPerMicrosecond * rate), bytes / bytesPerMicrosecond, weights / weightsInARow)
    }
}

extension octet_conv_args {
    /// The elements between the input's address and the last that is read, or the first if that lies before; `nil` where
    /// there are steps backwards.
    fileprivate func inputSpan(_ tapOffsets: [Int64]) -> Range<Int>? {
        let extents = [
            (images, input_strides.image), (rows, input_strides.row), (columns, input_strides.pixel),
            (groups, input_group_stride),
        ]
        let steps = extents.filter { $0.0 > 1 }
        guard let first = tapOffsets.min(), let last = tapOffsets.max(), steps.allSatisfy({ $0.1 >= 0 }) else {
            return nil
        }
        return Int(min(0, first))..<Int(steps.reduce(last + run) { $0 + ($1.0 - 1) * $1.1 })
    }
}
