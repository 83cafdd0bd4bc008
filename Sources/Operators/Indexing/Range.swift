public import ModelGraph
public import TensorCore

/// ONNX `Range`: start, start + delta, … up to before limit, from three scalars.
public struct NumberRange: TensorOperator {
    public static let name = "Range"

    public init() {}

    public var shapeInputs: [Int] { [0, 1, 2] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType(0..<3)
        let type = try inputs.tensor(0).elementType
        guard let start = inputs.constant(0), let limit = inputs.constant(1), let delta = inputs.constant(2) else {
            return [.tensor(type, [.unknown])]
        }
        return [.tensor(type, [.fixed(try Self.count(start, limit, delta))])]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.requireAll(.reals.union([.int16, .int32, .int64]))
    }

    private static func count(_ start: Tensor, _ limit: Tensor, _ delta: Tensor) throws -> Int {
        if let start = start.integers?.first, let limit = limit.integers?.first, let delta = delta.integers?.first {
            guard delta != 0 else { throw OctetError(.invalidModel, "a step of 0") }
            let (distance, overflow) = limit.subtractingReportingOverflow(start)
            guard !overflow, delta != .min, distance != .min else {
                throw OctetError(.invalidModel, "the range is too long")
            }
            if distance == 0 || (distance < 0) != (delta < 0) { return 0 }
            return (abs(distance) - 1) / abs(delta) + 1
        }
        let values = try [start, limit, delta].map { try $0.reals().first ?? 0 }
        let steps = ((values[1] - values[0]) / values[2]).rounded(.up)
        guard steps.isFinite, steps < 0x1p62 else {
            throw OctetError(.invalidModel, "the range has no end", found: "\(values)")
        }
        return Int(max(0, steps))
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        if let start = try inputs.required(0).integers?.first, let delta = try inputs.required(2).integers?.first {
            try output.setIntegers((0..<output.count).map { start &+ $0 &* delta })
        } else {
            let start = try inputs.required(0).reals().first ?? 0
            let delta = try inputs.required(2).reals().first ?? 0
            try output.setReals((0..<output.count).map { start + Double($0) * delta })
        }
    }
}
