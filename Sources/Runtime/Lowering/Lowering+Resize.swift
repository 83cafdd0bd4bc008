internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    /// Images made larger or smaller by the nearest neighbour, or by interpolation between two along each axis.
    static let resize = Lowering(Resize.self, .writing) { op, context, builder in
        guard let input = context.node.input(0) else { return false }
        let x = try builder.view(of: input)
        let type = try builder.type(of: context.output)
        guard x.rank == 3 || x.rank == 4, x.quantization == type.quantization, x.elementSize <= 8,
            let samples = try op.samples(shape: x.shape, context.node.inputs.map { builder.constant($0) }),
            samples[0].map(\.places) == (0..<x.shape[0]).map({ [$0] }),
            samples[1].map(\.places) == (0..<x.shape[1]).map({ [$0] })
        else { return false }
        let columns = AxisSamples(samples[samples.count - 1])
        let rows = samples.count == 4 ? AxisSamples(samples[2]) : .one
        guard let rows, let columns, x.isFloat || rows.isNearest && columns.isNearest else { return false }
        let source = builder.channelsLast(x.rank == 4 ? x : x.withRowAxis)
        try builder.write(context.output, order: .channelsLast) { output, builder in
            builder.emitResize(rows, columns, source, x.rank == 4 ? output : output.withRowAxis)
        }
        return true
    }
}

/// One or two neighbours of each output element along an axis.
private struct AxisSamples {
    var first: [Int64]
    var second: [Int64]
    var weights: [Float]
    var isNearest: Bool

    /// An axis of one element.
    static let one = AxisSamples(first: [0], second: [0], weights: [0.5, 0.5], isNearest: true)

    private init(first: [Int64], second: [Int64], weights: [Float], isNearest: Bool) {
        self.first = first
        self.second = second
        self.weights = weights
        self.isNearest = isNearest
    }

    init?(_ samples: [Resize.Sample]) {
        guard samples.allSatisfy({ $0.places.count == 1 || $0.places.count == 2 }) else { return nil }
        isNearest = samples.allSatisfy { $0.places.count == 1 }
        first = samples.map { Int64($0.places[0]) }
        second = samples.map { Int64($0.places[$0.places.count - 1]) }
        // Twice half of an element is the element.
        weights =
            samples.map { $0.places.count == 1 ? 0.5 : Float($0.weights[0]) }
            + samples.map { $0.places.count == 1 ? 0.5 : Float($0.weights[1]) }
    }
}

extension PlanBuilder {
    fileprivate mutating func emitResize(_ rows: AxisSamples, _ columns: AxisSamples, _ x: View, _ y: View) {
        guard let from = x.image, let to = y.image else { return }
        let isNearest = rows.isNearest && columns.isNearest
        var args = octet_resize_args()
        args.input_strides = from.cStrides
        args.output_strides = to.cStrides
        args.images = Int64(to.images)
        args.rows = Int64(to.rows)
        args.columns = Int64(to.columns)
        args.channels = Int64(to.channels)
        args.element_size = Int64(x.elementSize)
        let lines = to.images * to.rows
        let length = to.columns * to.channels * (isNearest ? x.elementSize : 16) / 4
        args.rows_per_task = octet_rows_per_task(Int64(lines), Int64(length), Int32(threads))
        emit(
            isNearest ? kernels.resize_nearest : kernels.resize_linear_f32,
            isNearest ? "resize_nearest" : "resize_linear_f32", args, tasks: rowTasks(lines, args.rows_per_task),
            [
                (\octet_resize_args.row_places, constantTable(rows.first + rows.second, .int64)),
                (\octet_resize_args.column_places, constantTable(columns.first + columns.second, .int64)),
                (\octet_resize_args.row_weights, constantTable(rows.weights, .float32)),
                (\octet_resize_args.column_weights, constantTable(columns.weights, .float32)),
                (\octet_resize_args.input, x), (\octet_resize_args.output, y),
            ])
    }
}
