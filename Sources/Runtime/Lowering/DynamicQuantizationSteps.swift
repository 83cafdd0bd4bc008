internal import Kernels
internal import ModelGraph
internal import Operators
internal import TensorCore

/// What dynamic quantization does between kernels, on values that are known at run time alone. Such a step updates
/// the memory of its output.
protocol RunTimeStep: TensorOperator {}

extension RunTimeStep {
    func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] { [] }
}

/// `DynamicQuantizeLinear` by the kernels that find a range and that quantize.
struct RangeQuantization: RunTimeStep {
    static let name = DynamicQuantizeLinear.name

    let kernels: KernelTable

    func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let x = inputs[0], let codes = outputs[0], let scale = outputs[1], let zeroPoint = outputs[2] else {
            return
        }
        var range = octet_range()
        x.withElements(as: Float.self) { kernels.min_max_f32($0.baseAddress, $0.count, &range) }
        guard range.nan_count == 0, range.infinite_count == 0 else {
            return try DynamicQuantizeLinear().evaluate(inputs, into: outputs)
        }
        let parameters = DynamicQuantizeLinear.parameters(least: range.minimum, greatest: range.maximum)
        scale.withMutableElements(as: Float.self) { $0[0] = parameters.scale }
        zeroPoint.withMutableElements(as: UInt8.self) { $0[0] = UInt8(parameters.zeroPoint) }
        var args = octet_quantize_args()
        args.scale = parameters.scale
        args.zero_point = parameters.zeroPoint
        args.maximum = 255
        args.axis = -1
        args.nest = octet_nest([x.count])
        var strides = [nestTuple([1], padding: 0), nestTuple([1], padding: 0)]
        let tasks = args.nest.schedule(operands: &strides, cost: 300, threads: 1)
        args.input.strides = strides[0]
        args.output.strides = strides[1]
        x.withBytes { args.input.base = $0.baseAddress }
        args.output.base = codes.storage.bytes.baseAddress.map { $0 + codes.byteOffset }
        for task in 0..<tasks { kernels.quantize_f32_u8(&args, task) }
    }
}

/// Fills the border of images (N, H, W, C) with the zero point in input 0.
struct ZeroPointHalo: RunTimeStep {
    static let name = IntegerConvolution.name

    let halo: Halo

    func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let value = inputs[0]?.elements(as: UInt8.self).first, let images = outputs[0] else { return }
        let (rows, columns, channels) = (images.shape[1], images.shape[2], images.shape[3])
        images.withMutableElements(as: UInt8.self) { bytes in
            for row in 0..<images.shape[0] * rows {
                let start = row * columns * channels
                let isBorder = row % rows < halo.top || row % rows >= rows - halo.bottom
                let left = isBorder ? columns : halo.left
                for index in start..<start + left * channels { bytes[index] = value }
                for index in start + (columns - halo.right) * channels..<start + columns * channels {
                    bytes[index] = value
                }
            }
        }
    }
}
