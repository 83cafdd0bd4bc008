/// Times the convolution kernels on layers of well-known networks, one thread, random data, batch 1.
public enum KernelBenchmark {
    /// A layer: `size` by `size` outputs.
    public struct Layer: Sendable, CustomStringConvertible {
        var precision: Precision
        var isDepthwise: Bool
        var adds: Bool
        var size: Int
        var inputs: Int
        var outputs: Int
        var kernel: Int
        var stride: Int

        init(
            _ size: Int, _ inputs: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1, adds: Bool = false,
            depthwise: Bool = false
        ) {
            precision = .int8
            isDepthwise = depthwise
            self.adds = adds
            self.size = size
            self.inputs = inputs
            self.outputs = outputs
            self.kernel = kernel
            self.stride = stride
        }

        enum Precision {
            case int8, float32, bf16
        }

        func with(_ precision: Precision) -> Layer {
            var layer = self
            layer.precision = precision
            return layer
        }

        public var description: String {
            "\(size)x\(size) \(isDepthwise ? "\(inputs)" : "\(inputs) -> \(outputs)"), \(kernel)x\(kernel)"
                + (stride == 1 ? "" : " stride \(stride)")
        }

        /// Multiply-accumulates of the layer.
        public var multiplyAccumulates: Int { size * size * outputs * (isDepthwise ? 1 : inputs) * kernel * kernel }

        /// Whether it is the product of one vector with weights in the order of the file.
        var isVector: Bool { size == 1 && kernel == 1 && precision != .bf16 && !isDepthwise }
    }

    /// What a layer took.
    public struct Result: Sendable {
        public var layer: Layer
        /// The kernel's name in the kernel table.
        public var kernel: String
        /// The least time of a run.
        public var microseconds: Double

        /// Multiply-accumulates per second.
        public var rate: Double { Double(layer.multiplyAccumulates) / max(microseconds, 1e-3) * 1e6 }
    }

    /// First layers, pointwise ones with few and many channels, 3 x 3 ones, depthwise ones, and a fully connected one.
    public static let layers: [Layer] = {
        let shared = [
            Layer(112, 3, 32, kernel: 3, stride: 2), Layer(112, 3, 64, kernel: 7, stride: 2), Layer(112, 16, 96),
            Layer(56, 24, 144), Layer(56, 144, 24), Layer(28, 128, 256), Layer(14, 512, 512), Layer(7, 320, 1280),
            Layer(56, 64, 64, kernel: 3), Layer(14, 256, 256, kernel: 3), Layer(7, 512, 512, kernel: 3),
            Layer(112, 32, 32, kernel: 3, depthwise: true), Layer(56, 96, 96, kernel: 3, stride: 2, depthwise: true),
            Layer(56, 144, 144, kernel: 3, depthwise: true), Layer(14, 512, 512, kernel: 3, depthwise: true),
            Layer(7, 672, 672, kernel: 5, depthwise: true), Layer(28, 240, 240, kernel: 5, depthwise: true),
            Layer(14, 384, 384, kernel: 7, depthwise: true), Layer(1, 4096, 4096),
        ]
        let sums = [Layer(56, 64, 256, adds: true), Layer(14, 256, 1024, adds: true)]
        let pairs = [Layer(28, 128, 256), Layer(7, 512, 512, kernel: 3), Layer(2, 4096, 4096), Layer(1, 4096, 4096)]
        return shared + sums + shared.map { $0.with(.float32) } + pairs.map { $0.with(.bf16) }
    }()

    /// Runs a layer again and again for about `seconds` (at least once).
    public static func measure(_ layer: Layer, with table: KernelTable, seconds: Double) -> Result {
        let run = Run(layer, table)
        let (kernel, name) = run.kernel
        var least = UInt64.max
        let start = octet_now()
        repeat {
            let begin = octet_now()
            for task in 0..<run.tasks { kernel(run.arguments, task) }
            least = min(least, octet_now() - begin)
        } while Double(octet_now() - start) < seconds * 1e9
        return Result(layer: layer, kernel: name, microseconds: Double(least) / 1e3)
    }
}

/// A layer's buffers and argument block.
private final class Run {
    let arguments: UnsafeMutableRawPointer
    private(set) var tasks = 0
    private(set) var kernel: (octet_kernel, String) = ({ _, _ in }, "")
    private var buffers: [UnsafeMutableRawPointer] = []
    private let packed: PackedWeights

    init(_ layer: KernelBenchmark.Layer, _ table: KernelTable) {
        let isFloat = layer.precision != .int8
        let elementSize = isFloat ? 4 : 1
        let row = (layer.size - 1) * layer.stride + layer.kernel
        let perFilter = layer.isDepthwise ? 1 : layer.inputs
        let isFolded = layer.inputs <= 4 && layer.kernel > 1
        let taps = isFolded ? layer.kernel : layer.kernel * layer.kernel
        let area = layer.kernel * layer.kernel
        let outputCount = layer.size * layer.size * layer.outputs
        var owned: [UnsafeMutableRawPointer] = []
        func buffer(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer {
            let bytes = UnsafeMutableRawPointer.allocate(
                byteCount: count * size + Int(OCTET_SLACK), alignment: 64)
            bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count * size + Int(OCTET_SLACK))
            owned.append(bytes)
            return bytes
        }
        var state: UInt32 = 1
        func random(_ count: Int, elementSize: Int) -> UnsafeMutableRawPointer {
            let bytes = buffer(count, elementSize)
            for index in 0..<count {
                state = state &* 1_664_525 &+ 1_013_904_223
                let byte = UInt8(truncatingIfNeeded: state >> 24)
                let real = Float(byte) / 128 - 1
                switch elementSize {
                case 1: bytes.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
                case 2:
                    let upper = UInt16(truncatingIfNeeded: real.bitPattern >> 16)
                    bytes.storeBytes(of: upper, toByteOffset: 2 * index, as: UInt16.self)
                default: bytes.storeBytes(of: real, toByteOffset: 4 * index, as: Float.self)
                }
            }
            return bytes
        }
        let scale = buffer(layer.outputs, 4).bindMemory(to: Float.self, capacity: layer.outputs)
        for index in 0..<layer.outputs { scale[index] = 0.02 / Float(perFilter * area).squareRoot() }
        var packing = octet_conv_packing()
        packing.kind =
            switch layer.precision {
            case .int8: OCTET_CONV_U8_U8
            case .float32: OCTET_CONV_F32
            case .bf16: OCTET_CONV_BF16
            }
        let weights = UnsafeRawPointer(random(layer.outputs * perFilter * area, elementSize: elementSize))
        packing.weights = weights
        packing.scale = UnsafePointer(scale)
        packing.groups = 1
        packing.channels = Int64(layer.outputs)
        packing.taps = Int64(taps)
        packing.run_outer = isFolded ? Int64(layer.kernel) : 1
        packing.run_inner = Int64(perFilter)
        packing.channel_stride = Int64(perFilter * area)
        packing.tap_stride = isFolded ? Int64(layer.kernel) : 1
        packing.run_outer_stride = 1
        packing.run_inner_stride = Int64(area)
        packing.input_zero_point = isFloat ? 0 : 128
        packed = layer.isDepthwise ? .depthwise(packing, for: table) : .convolution(packing, for: table)
        let offsets = buffer(taps, 8).bindMemory(to: Int64.self, capacity: taps)
        for tap in 0..<taps {
            let (down, right) = isFolded ? (tap, 0) : (tap / layer.kernel, tap % layer.kernel)
            offsets[tap] = Int64((down * row + right) * layer.inputs)
        }
        let inputSize = layer.precision == .bf16 ? 2 : elementSize
        let input = UnsafeRawPointer(random(row * row * layer.inputs, elementSize: inputSize))
        let inputStrides = octet_strides(
            image: 0, row: Int64(row * layer.inputs * layer.stride), pixel: Int64(layer.inputs * layer.stride))
        let outputStrides = octet_strides(
            image: 0, row: Int64(layer.size * layer.outputs), pixel: Int64(layer.outputs))
        let output = buffer(outputCount, elementSize)
        arguments = .allocate(
            byteCount: max(MemoryLayout<octet_gemv_args>.size, MemoryLayout<octet_depthwise_args>.size), alignment: 64)
        if layer.isDepthwise {
            var args = octet_depthwise_args()
            args.input = input
            args.input_strides = inputStrides
            args.tap_offsets = UnsafePointer(offsets)
            args.taps = Int64(taps)
            args.weights = packed.bytes.baseAddress
            args.output = output
            args.output_strides = outputStrides
            args.images = 1
            args.rows = Int64(layer.size)
            args.columns = Int64(layer.size)
            args.channels = Int64(layer.outputs)
            args.maximum = 255
            args.bounded = 1
            args.float_minimum = -.infinity
            args.float_maximum = .infinity
            tasks = octet_depthwise_schedule(&args, 1)
            arguments.storeBytes(of: args, as: octet_depthwise_args.self)
        } else {
            var args = octet_conv_args()
            args.input = input
            args.input_strides = inputStrides
            args.tap_offsets = UnsafePointer(offsets)
            args.taps = Int64(taps)
            args.run = packing.run_outer * packing.run_inner
            args.weights = packed.bytes.baseAddress
            args.output = output
            args.output_strides = outputStrides
            args.images = 1
            args.rows = Int64(layer.size)
            args.columns = Int64(layer.size)
            args.channels = Int64(layer.outputs)
            args.groups = 1
            args.panel_width = packed.panelWidth
            args.maximum = 255
            args.bounded = 1
            args.float_minimum = -.infinity
            args.float_maximum = .infinity
            if layer.kernel == 1, layer.stride == 1 {
                args.columns *= args.rows
                args.rows = 1
            }
            if layer.adds {
                args.residual = UnsafeRawPointer(random(outputCount, elementSize: elementSize))
                args.residual_strides = outputStrides
                args.sum_ratio = 0.7
                args.residual_ratio = 0.6
                args.sum_maximum = 255
            }
            if layer.isVector {
                let header = buffer(octet_packed_gemv_size(packing.kind, Int64(layer.outputs)), 1)
                octet_pack_gemv(&packing, header)
                args.weights = UnsafeRawPointer(header)
                var vector = octet_gemv_args()
                vector.conv = args
                vector.rows = weights
                tasks = octet_gemv_schedule(&vector, packing.kind, 1)
                arguments.storeBytes(of: vector, as: octet_gemv_args.self)
            } else {
                tasks = octet_conv_schedule(&args, packing.kind, 1)
                arguments.storeBytes(of: args, as: octet_conv_args.self)
            }
        }
        buffers = owned
        kernel = Self.kernel(layer, table)
    }

    private static func kernel(_ layer: KernelBenchmark.Layer, _ table: KernelTable) -> (octet_kernel, String) {
        let (kernel, name) =
            switch (layer.isDepthwise, layer.precision, layer.adds) {
            case (_, .float32, _) where layer.isVector: (table.gemv_f32, "gemv_f32")
            case _ where layer.isVector: (table.gemv_u8_u8, "gemv_u8_u8")
            case (true, .int8, _): (table.depthwise_u8_u8, "depthwise_u8_u8")
            case (true, _, _): (table.depthwise_f32, "depthwise_f32")
            case (false, .float32, _): (table.conv_f32, "conv_f32")
            case (false, .bf16, _): (table.conv_bf16, "conv_bf16")
            case (false, .int8, true): (table.conv_u8_u8_add, "conv_u8_u8_add")
            case (false, .int8, false): (table.conv_u8_u8, "conv_u8_u8")
            }
        guard let kernel else { preconditionFailure("every kernel table has \(name)") }
        return (kernel, name)
    }

    deinit {
        for buffer in buffers { buffer.deallocate() }
        arguments.deallocate()
    }
}
