import CKernels
import Kernels
import Testing

/// A pooling window over an NHWC image.
struct PoolingCase: Sendable, CustomTestStringConvertible {
    var images = 1
    var height = 7
    var width = 8
    var channels = 20
    var kernel = 3
    var stride = 2
    var dilation = 1
    /// Before and after the image.
    var padding = (before: 1, after: 1)
    var countsPadding = false
    var ceiling = false
    var threads = 1

    var testDescription: String {
        "\(images)x\(height)x\(width)x\(channels) k\(kernel) s\(stride) d\(dilation) p\(padding) \(countsPadding) \(ceiling)"
    }

    func outputSize(_ input: Int) -> Int {
        let span = input + padding.before + padding.after - (kernel - 1) * dilation - 1
        var size = (ceiling ? (span + stride - 1) / stride : span / stride) + 1
        if ceiling && (size - 1) * stride >= input + padding.before { size -= 1 }
        return size
    }

    static let all: [PoolingCase] =
        [1, 3, 4, 17, 64, 100].map { .init(channels: $0) }
        + (1...6).map { .init(height: $0, width: 9 - $0, channels: 5, kernel: 2, stride: 1, padding: (0, 1)) }
        + [
            .init(images: 2, kernel: 3, stride: 1, countsPadding: true, threads: 2),
            .init(kernel: 2, stride: 2, padding: (0, 0), ceiling: true),
            .init(height: 8, kernel: 3, stride: 2, countsPadding: true, ceiling: true),
            .init(height: 12, width: 12, kernel: 3, stride: 1, dilation: 2, padding: (2, 2)),
            .init(height: 40, width: 40, channels: 70, threads: 3),
        ]

    /// Calls `body` for every output with the inputs of its window in order, and the divisor of its average.
    func forEachOutput(_ body: (_ output: Int, _ inputs: [Int], _ count: Int) -> Void) {
        let rows = outputSize(height)
        let columns = outputSize(width)
        for image in 0..<images {
            for y in 0..<rows {
                for x in 0..<columns {
                    for channel in 0..<channels {
                        var inputs: [Int] = []
                        var padded = 0
                        for i in 0..<kernel {
                            for j in 0..<kernel {
                                let row = y * stride - padding.before + i * dilation
                                let column = x * stride - padding.before + j * dilation
                                if row < height + padding.after && column < width + padding.after { padded += 1 }
                                guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
                                inputs.append(((image * height + row) * width + column) * channels + channel)
                            }
                        }
                        let output = ((image * rows + y) * columns + x) * channels + channel
                        body(output, inputs, countsPadding ? padded : inputs.count)
                    }
                }
            }
        }
    }

    func arguments(input: UnsafeRawPointer, output: UnsafeMutableRawPointer) -> octet_pool_args {
        let rows = outputSize(height)
        let columns = outputSize(width)
        var a = octet_pool_args()
        a.input = input
        a.input_strides = octet_strides(
            image: Int64(height * width * channels), row: Int64(width * channels), pixel: Int64(channels))
        a.input_rows = Int64(height)
        a.input_columns = Int64(width)
        a.output = output
        a.output_strides = octet_strides(
            image: Int64(rows * columns * channels), row: Int64(columns * channels), pixel: Int64(channels))
        a.images = Int64(images)
        a.rows = Int64(rows)
        a.columns = Int64(columns)
        a.channels = Int64(channels)
        a.kernel_rows = Int64(kernel)
        a.kernel_columns = Int64(kernel)
        a.stride_rows = Int64(stride)
        a.stride_columns = Int64(stride)
        a.pad_top = Int64(padding.before)
        a.pad_left = Int64(padding.before)
        a.pad_bottom = Int64(padding.after)
        a.pad_right = Int64(padding.after)
        a.dilation_rows = Int64(dilation)
        a.dilation_columns = Int64(dilation)
        a.count_include_pad = countsPadding ? 1 : 0
        return a
    }
}

@Suite struct PoolingTests {
    @Test(arguments: InstructionSet.supported, PoolingCase.all)
    func int8(_ instructionSet: InstructionSet, _ test: PoolingCase) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(test.channels &* 100 &+ test.height)
        let input = Buffer(random.bytes(test.images * test.height * test.width * test.channels))
        let outputs = test.images * test.outputSize(test.height) * test.outputSize(test.width) * test.channels
        var largest = [UInt8](repeating: 0, count: outputs)
        var averages = largest
        let (inputScale, outputScale): (Float, Float) = (0.037, 0.021)
        test.forEachOutput { output, inputs, count in
            largest[output] = min(250, max(3, inputs.map { input.base[$0] }.max() ?? 0))
            let sum = inputs.reduce(Float(0)) { $0 + Float(Int(input.base[$1]) - 128) * inputScale }
            averages[output] = requantized(
                sum / Float(count) / outputScale, zeroPoint: 77, minimum: 3, maximum: 250)
        }
        let output = Buffer(repeating: UInt8(0), count: outputs)
        var arguments = test.arguments(input: input.base, output: output.base)
        arguments.minimum = 3
        arguments.maximum = 250
        let tasks = octet_pool_schedule(&arguments, Int32(test.threads))
        runTasks(unwrap(table.max_pool_u8), arguments, tasks)
        #expect(output.values == largest)
        arguments.input_scale = inputScale
        arguments.output_scale = outputScale
        arguments.input_zero = 128
        arguments.output_zero = 77
        runTasks(unwrap(table.average_pool_u8), arguments, tasks)
        #expect(output.values == averages)
        #expect(output.guardsAreIntact)
    }

    @Test(arguments: InstructionSet.supported, PoolingCase.all)
    func float(_ instructionSet: InstructionSet, _ test: PoolingCase) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(test.channels &* 100 &+ test.height)
        let input = Buffer(random.floats(test.images * test.height * test.width * test.channels))
        input.base[input.count / 2] = .nan
        let outputs = test.images * test.outputSize(test.height) * test.outputSize(test.width) * test.channels
        var largest = [Float](repeating: 0, count: outputs)
        var averages = largest
        test.forEachOutput { output, inputs, count in
            let values = inputs.map { input.base[$0] }
            largest[output] = values.contains(where: \.isNaN) ? .nan : values.max() ?? -.infinity
            averages[output] = values.reduce(0, +) / Float(count)
        }
        let output = Buffer(repeating: Float(0), count: outputs)
        var arguments = test.arguments(input: input.base, output: output.base)
        let tasks = octet_pool_schedule(&arguments, Int32(test.threads))
        runTasks(unwrap(table.max_pool_f32), arguments, tasks)
        #expect(same(output.values, largest))
        runTasks(unwrap(table.average_pool_f32), arguments, tasks)
        #expect(same(output.values, averages))
        #expect(output.guardsAreIntact)
    }

    @Test(arguments: InstructionSet.supported, [1, 3, 16, 17, 64, 100, 200])
    func globalAverage(_ instructionSet: InstructionSet, _ channels: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(channels)
        let (images, rows, columns) = (2, 7, 6)
        let pixels = rows * columns
        let input = Buffer(random.bytes(images * pixels * channels))
        let floats = Buffer(random.floats(images * pixels * channels))
        var sums = [Int](repeating: 0, count: images * channels)
        var floatSums = [Float](repeating: 0, count: images * channels)
        for index in 0..<images * pixels * channels {
            let output = index / (pixels * channels) * channels + index % channels
            sums[output] += Int(input.base[index]) - 200
            floatSums[output] += floats.base[index]
        }
        let scale = Float(0.02) / (Float(0.013) * Float(pixels))
        let output = Buffer(repeating: UInt8(0), count: images * channels)
        var a = octet_global_pool_args()
        a.input = UnsafeRawPointer(input.base)
        a.input_strides = octet_strides(
            image: Int64(pixels * channels), row: Int64(columns * channels), pixel: Int64(channels))
        a.output = UnsafeMutableRawPointer(output.base)
        a.output_image_stride = Int64(channels)
        a.images = Int64(images)
        a.rows = Int64(rows)
        a.columns = Int64(columns)
        a.channels = Int64(channels)
        a.scale = scale
        a.input_zero = 200
        a.output_zero = 130
        a.maximum = 255
        let tasks = octet_global_pool_schedule(&a, 2)
        runTasks(unwrap(table.global_average_pool_u8), a, tasks)
        #expect(output.values == sums.map { requantized(Float($0) * scale, zeroPoint: 130, minimum: 0, maximum: 255) })
        let means = Buffer(repeating: Float(0), count: images * channels)
        a.input = UnsafeRawPointer(floats.base)
        a.output = UnsafeMutableRawPointer(means.base)
        runTasks(unwrap(table.global_average_pool_f32), a, tasks)
        #expect(same(means.values, floatSums.map { $0 / Float(pixels) }))
        #expect(output.guardsAreIntact && means.guardsAreIntact)
    }
}
