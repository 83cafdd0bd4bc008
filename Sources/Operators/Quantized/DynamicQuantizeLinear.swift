public import ModelGraph
public import TensorCore

/// ONNX `DynamicQuantizeLinear`: quantizes to uint8 over the data's own range, widened to contain 0.
///
/// Outputs: the codes, the scale, the zero point. All zeros give scale 1 (ONNX Runtime).
public struct DynamicQuantizeLinear: TensorOperator {
    public static let name = "DynamicQuantizeLinear"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        [.tensor(.uint8, try inputs.tensor(0).shape), .tensor(.float32, []), .tensor(.uint8, [])]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, [.float32]) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let values = try inputs.required(0).singles()
        let parameters = TensorScale(covering: values)
        try outputs.optional(0).map { try parameters.fill($0, values) }
        try outputs.optional(1)?.setSingles([parameters.scale])
        try outputs.optional(2)?.setCodes([parameters.zeroPoint])
    }

    /// What data between these two is quantized with.
    public static func parameters(least: Float, greatest: Float) -> (scale: Float, zeroPoint: Int32) {
        let least = min(0, least)
        let spread = (max(0, greatest) - least) / 255
        let scale = spread == 0 ? 1 : spread
        return (scale, IntegerArithmetic.saturate((0 - least) / scale, zeroPoint: 0, to: 0...255))
    }
}

extension TensorScale {
    /// uint8 over the values' own range, widened to contain 0; scale 1 where they are all zero.
    init(covering values: [Float]) {
        let (scale, zeroPoint) = DynamicQuantizeLinear.parameters(
            least: values.min() ?? 0, greatest: values.max() ?? 0)
        self.init(scale: scale, zeroPoint: zeroPoint, range: 0...255)
    }

    /// The codes of `values`. Adding and taking away 1.5 · 2²³ rounds half to even what is below 2²², as quotients within
    /// the data's own range are.
    fileprivate func fill(_ output: Tensor, _ values: [Float]) throws {
        guard values.allSatisfy(\.isFinite), scale.isNormal else { return try output.setCodes(values.map(quantize)) }
        let zeroPoint = Float(zeroPoint)
        output.withMutableElements(as: UInt8.self) { codes in
            for index in values.indices {
                let rounded = (values[index] / scale + 0x1.8p23) - 0x1.8p23
                codes[index] = UInt8(min(max(rounded + zeroPoint, 0), 255))
            }
        }
    }
}
