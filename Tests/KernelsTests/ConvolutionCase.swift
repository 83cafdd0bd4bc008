import CKernels
import Kernels
import Testing

/// A convolution (plain OIHW weights, NHWC input with its halo) and how its result is computed the simple way.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
    var images = 1
    var height = 5
    var width = 7
    /// Per group.
    var inputChannels = 4
    var outputChannels = 8
    var groups = 1
    var kernel = (rows: 1, columns: 1)
    var stride = (rows: 1, columns: 1)
    var dilation = (rows: 1, columns: 1)
    var padding = 0
    /// Whether a kernel row is one run (needs dilation 1 and one group).
    var folded = false
    var inputZero = 0
    var outputZero = 0
    var minimum = 0
    var maximum = 255
    var threads = 1

    var testDescription: String {
        "\(images)x\(height)x\(width) \(groups)x\(inputChannels)->\(outputChannels) \(kernel) s\(stride) d\(dilation) "
            + "p\(padding)\(folded ? " folded" : "") z\(inputZero),\(outputZero) t\(threads)"
    }

    var outputHeight: Int { (height + 2 * padding - (kernel.rows - 1) * dilation.rows - 1) / stride.rows + 1 }
    var outputWidth: Int { (width + 2 * padding - (kernel.columns - 1) * dilation.columns - 1) / stride.columns + 1 }
    var allInputs: Int { groups * inputChannels }
    var allOutputs: Int { groups * outputChannels }
    var paddedRow: Int { (width + 2 * padding) * allInputs }
    var paddedImage: Int { (height + 2 * padding) * paddedRow }
    var inputCount: Int { images * paddedImage }
    var outputCount: Int { images * outputHeight * outputWidth * allOutputs }
    var taps: Int { kernel.rows * kernel.columns }
    var weightCount: Int { allOutputs * inputChannels * taps }

    /// The offsets of the taps in elements.
    var tapOffsets: [Int64] {
        var offsets: [Int64] = []
        for row in 0..<kernel.rows {
            for column in 0..<(folded ? 1 : kernel.columns) {
                offsets.append(Int64(row * dilation.rows * paddedRow + column * dilation.columns * allInputs))
            }
        }
        return offsets
    }

    /// The packing of OIHW weights.
    func packing(_ kind: octet_conv_kind, weights: UnsafeRawPointer, panelWidth: Int) -> octet_conv_packing {
        var p = octet_conv_packing()
        p.kind = kind
        p.panel_width = Int32(panelWidth)
        p.weights = weights
        p.groups = Int64(groups)
        p.channels = Int64(outputChannels)
        p.taps = Int64(folded ? kernel.rows : taps)
        p.run_outer = Int64(folded ? kernel.columns : 1)
        p.run_inner = Int64(inputChannels)
        p.group_stride = Int64(outputChannels * inputChannels * taps)
        p.channel_stride = Int64(inputChannels * taps)
        p.tap_stride = Int64(folded ? kernel.columns : 1)
        p.run_outer_stride = 1
        p.run_inner_stride = Int64(taps)
        p.input_zero_point = Int32(inputZero)
        return p
    }

    func arguments(
        input: UnsafeRawPointer, output: UnsafeMutableRawPointer, offsets: UnsafePointer<Int64>, packed: PackedWeights
    ) -> octet_conv_args {
        var a = octet_conv_args()
        a.input = input
        a.input_strides = octet_strides(
            image: Int64(paddedImage), row: Int64(stride.rows * paddedRow), pixel: Int64(stride.columns * allInputs))
        a.input_group_stride = Int64(inputChannels)
        a.tap_offsets = offsets
        a.taps = Int64(folded ? kernel.rows : taps)
        a.run = Int64(inputChannels * (folded ? kernel.columns : 1))
        a.weights = packed.bytes.baseAddress
        a.output = output
        a.output_strides = octet_strides(
            image: Int64(outputHeight * outputWidth * allOutputs), row: Int64(outputWidth * allOutputs),
            pixel: Int64(allOutputs))
        a.output_group_stride = Int64(outputChannels)
        a.images = Int64(images)
        a.rows = Int64(outputHeight)
        a.columns = Int64(outputWidth)
        a.channels = Int64(outputChannels)
        a.groups = Int64(groups)
        a.panel_width = packed.panelWidth
        a.zero_point = Int32(outputZero)
        a.minimum = Int32(minimum)
        a.maximum = Int32(maximum)
        a.float_minimum = -.infinity
        a.float_maximum = .infinity
        return a
    }

    /// Calls `body` with the index of every output, the channel (over all groups), and the pairs of input and weight
    /// indices in ascending (row, column, channel) order.
    func forEachOutput(_ body: (_ output: Int, _ channel: Int, _ products: [(input: Int, weight: Int)]) -> Void) {
        var output = 0
        for image in 0..<images {
            for y in 0..<outputHeight {
                for x in 0..<outputWidth {
                    for channel in 0..<allOutputs {
                        var products: [(input: Int, weight: Int)] = []
                        for i in 0..<kernel.rows {
                            for j in 0..<kernel.columns {
                                let pixel =
                                    image * paddedImage + (y * stride.rows + i * dilation.rows) * paddedRow
                                    + (x * stride.columns + j * dilation.columns) * allInputs
                                    + channel / outputChannels * inputChannels
                                for k in 0..<inputChannels {
                                    let weight = (channel * inputChannels + k) * taps + i * kernel.columns + j
                                    products.append((pixel + k, weight))
                                }
                            }
                        }
                        body(output, channel, products)
                        output += 1
                    }
                }
            }
        }
    }

    static let all: [ConvolutionCase] = {
        var cases: [ConvolutionCase] = []
        for channels in [1, 3, 4, 17, 64] {
            for outputs in [1, 8, 16, 33, 64, 100] {
                cases.append(
                    .init(height: 1, width: 29, inputChannels: channels, outputChannels: outputs, inputZero: 128))
            }
        }
        for width in 1...15 {
            cases.append(
                .init(height: 3, width: width, inputChannels: 5, outputChannels: 70, inputZero: 255, outputZero: 3))
        }
        let three = (rows: 3, columns: 3)
        cases += [
            .init(inputChannels: 3, outputChannels: 16, kernel: three, padding: 1, folded: true, inputZero: 114),
            .init(inputChannels: 3, outputChannels: 20, kernel: (7, 7), stride: (2, 2), padding: 3, folded: true),
            .init(
                images: 2, inputChannels: 8, outputChannels: 40, kernel: three, padding: 1, outputZero: 128, threads: 2),
            .init(height: 9, width: 9, inputChannels: 6, kernel: three, stride: (2, 1), padding: 1, outputZero: 255),
            .init(
                height: 9, width: 11, inputChannels: 6, kernel: three, dilation: (2, 3), padding: 3, minimum: 10,
                maximum: 200),
            .init(inputChannels: 4, outputChannels: 4, groups: 3, kernel: three, padding: 1, inputZero: 7),
            .init(inputChannels: 5, outputChannels: 17, groups: 2, outputZero: 100, threads: 2),
            .init(inputChannels: 2, outputChannels: 6, kernel: (1, 5), padding: 2, folded: true),
            .init(inputChannels: 2, outputChannels: 6, kernel: (5, 1), padding: 2),
            .init(height: 40, width: 40, inputChannels: 16, outputChannels: 80, inputZero: 1, threads: 3),
            .init(height: 1, width: 1, inputChannels: 100, outputChannels: 130, outputZero: 9),
        ]
        return cases
    }()
}
