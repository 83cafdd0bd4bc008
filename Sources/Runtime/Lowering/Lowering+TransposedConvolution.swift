internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

extension Lowering {
    /// A transposed convolution with stride s is s convolutions along each axis, one for the outputs at every s-th place
    /// from 0, 1, … s − 1 on: those meet the same elements of the kernel.
    static let transposedConvolution = Lowering(TransposedConvolution.self, .clamping) { op, context, builder in
        guard let input = context.node.input(0), let weights = builder.constant(context.node.input(1)) else {
            return false
        }
        let x = try builder.view(of: input)
        guard x.isFloat, x.rank == 3 || x.rank == 4, weights.rank == x.rank, op.group >= 1,
            let arithmetic = LinearArithmetic(
                x: x, weights: weights, bias: context.node.input(2).map { builder.constant($0) },
                channels: weights.shape[1] * op.group, output: try builder.type(of: context.output),
                clamp: context.clamp)
        else { return false }
        let axes = try op.resolve(Array(x.shape[2...]), kernel: Array(weights.shape[2...]))
        let phases = axes.map(\.phases)
        guard phases.allSatisfy({ $0.allSatisfy { !$0.taps.isEmpty } }) else { return false }
        let image = builder.channelsLast(x.rank == 4 ? x : x.withRowAxis, halo: Halo(transposed: axes))
        try builder.write(context.output, order: .channelsLast) { output, builder in
            let output = x.rank == 4 ? output : output.withRowAxis
            let strides = (axes.count == 2 ? axes[0].stride : 1, axes[axes.count - 1].stride)
            let rows = axes.count == 2 ? phases[0] : [TransposedPhase(first: 0, count: 1, taps: [(0, 0)])]
            for row in rows {
                for column in phases[phases.count - 1] {
                    var part = output
                    part.offset += row.first * output.strides[2] + column.first * output.strides[3]
                    part.shape[2] = row.count
                    part.shape[3] = column.count
                    part.strides[2] *= strides.0
                    part.strides[3] *= strides.1
                    builder.emitPhase(op.group, weights.shape, arithmetic, row, column, image, part)
                }
            }
        }
        return true
    }
}

/// The outputs of a transposed convolution along an axis that have the same remainder by the stride.
struct TransposedPhase {
    /// The first output and the number of them.
    var first: Int
    var count: Int
    /// Elements of the kernel, and the distance from output `first + q * stride` to the input q that each meets.
    var taps: [(kernel: Int, offset: Int)]
}

extension TransposedConvolution.Axis {
    var phases: [TransposedPhase] {
        (0..<min(stride, output)).map { first in
            let taps = (0..<kernel).compactMap { element -> (kernel: Int, offset: Int)? in
                let distance = first + padBegin - element * dilation
                return distance % stride == 0 ? (element, distance / stride) : nil
            }
            return TransposedPhase(first: first, count: (output - first + stride - 1) / stride, taps: taps)
        }
    }
}

extension Halo {
    /// How far a transposed convolution's taps reach beyond its input, of which it has one or two spatial axes.
    init(transposed axes: [TransposedConvolution.Axis]) {
        func reach(_ axis: TransposedConvolution.Axis) -> (begin: Int, end: Int) {
            let offsets = axis.phases.flatMap { phase in
                phase.taps.map { (first: $0.offset, last: $0.offset + phase.count - 1) }
            }
            return (
                max(0, -(offsets.map(\.first).min() ?? 0)), max(0, (offsets.map(\.last).max() ?? 0) - axis.input + 1)
            )
        }
        let rows = axes.count == 2 ? reach(axes[0]) : (0, 0)
        let columns = axes.last.map(reach) ?? (0, 0)
        self.init(top: rows.0, bottom: rows.1, left: columns.0, right: columns.1)
    }
}

extension PlanBuilder {
    /// - Parameter shape: of the weights, (C, M / group, kernel…).
    fileprivate mutating func emitPhase(
        _ group: Int, _ shape: [Int], _ arithmetic: LinearArithmetic, _ row: TransposedPhase, _ column: TransposedPhase,
        _ x: View, _ y: View
    ) {
        guard let input = x.image, let output = y.image else { return }
        let (inputs, outputs) = (shape[0] / group, shape[1])
        let (area, width) = (shape[2...].reduce(1, *), shape[shape.count - 1])
        let taps = row.taps.flatMap { row in column.taps.map { (row: row, column: $0) } }
        var packing = octet_conv_packing()
        packing.groups = Int64(group)
        packing.channels = Int64(outputs)
        packing.taps = Int64(taps.count)
        packing.run_outer = 1
        packing.run_inner = Int64(inputs)
        packing.group_stride = Int64(inputs * outputs * area)
        packing.channel_stride = Int64(area)
        packing.run_inner_stride = Int64(outputs * area)
        var args = octet_conv_args()
        args.input_strides = input.cStrides
        args.input_group_stride = Int64(inputs)
        args.run = Int64(inputs)
        args.output_strides = output.cStrides
        args.output_group_stride = Int64(outputs)
        args.images = Int64(output.images)
        args.rows = Int64(output.rows)
        args.columns = Int64(output.columns)
        args.channels = Int64(outputs)
        args.groups = Int64(group)
        emitLinear(
            arithmetic, packing, args,
            tapOffsets: taps.map { Int64($0.row.offset * input.rowStride + $0.column.offset * input.pixelStride) },
            tapPlaces: taps.map { Int64($0.row.kernel * width + $0.column.kernel) }, input: x, output: y,
            macs: output.images * output.rows * output.columns * group * outputs * inputs * taps.count)
    }
}
