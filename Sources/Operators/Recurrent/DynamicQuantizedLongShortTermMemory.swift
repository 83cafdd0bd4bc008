public import ModelGraph
public import TensorCore

/// ONNX Runtime's `DynamicQuantizeLSTM`: ``LongShortTermMemory`` with 8-bit weights, whose X is quantized to uint8 over
/// its own range, and h before every step over that of the whole batch (as by ``DynamicQuantizeLinear``).
///
/// Inputs 0 to 7 as for the LSTM, but W (directions, width, 4 · hidden) and R (directions, hidden, 4 · hidden) lie
/// transposed; then scale and zero point of W, and of R, each one a direction or one a direction and column.
public struct DynamicQuantizedLongShortTermMemory: TensorOperator {
    public static let name = "DynamicQuantizeLSTM"

    public var cell: LongShortTermMemory

    public init(cell: LongShortTermMemory) { self.cell = cell }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        var types = inputs.types
        for index in [1, 2] {
            let weights = try inputs.tensor(index)
            guard let shape = weights.shape, shape.count == 3 else { continue }
            types[index] = .tensor(weights.elementType, [shape[0], shape[2], shape[1]])
        }
        let untransposed = InferenceInputs(
            types: types, constants: inputs.constants, outputCount: inputs.outputCount)
        return try cell.layer.inferOutputs(untransposed, gates: 4, states: 2)
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 3, 5, 6, 7, 8, 10] { try inputs.require(index, [.float32]) }
        for index in [1, 2, 9, 11] { try inputs.require(index, [.int8, .uint8]) }
        try inputs.require(4, [.int32])
        try inputs.requireSameElementType([1, 9])
        try inputs.requireSameElementType([2, 11])
        guard !cell.layer.isBatchFirst else {
            throw OctetError(.unsupported, "evaluation of DynamicQuantizeLSTM with the batch first")
        }
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        let recurrence = try inputs.required(2)
        let run = try RecurrentRun(
            cell.layer, gates: 4, inputs, x: Self.rounded(inputs.required(0).singles()), hidden: recurrence.shape[1],
            weights: Self.weights(inputs.required(1), inputs, scale: 8, zeroPoint: 9),
            recurrence: Self.weights(recurrence, inputs, scale: 10, zeroPoint: 11))
        try cell.evaluate(run, inputs, into: outputs) { hidden in
            let codes = Self.rounded(hidden.flatMap { $0.map { Float($0) } })
            return hidden.indices.map { Array(codes[$0 * run.hidden..<($0 + 1) * run.hidden]) }
        }
    }

    /// The values after quantizing to uint8 over their own range.
    private static func rounded(_ values: [Float]) -> [Double] {
        let parameters = TensorScale(covering: values)
        return values.map { Double(parameters.quantize($0) - parameters.zeroPoint) * Double(parameters.scale) }
    }

    /// Weights (directions, rows, columns) as numbers (directions, columns, rows).
    /// - Throws: `invalidModel` when scales or zero points do not fit.
    private static func weights(
        _ tensor: Tensor, _ inputs: [Tensor?], scale: Int, zeroPoint: Int
    ) throws -> [Double] {
        let (directions, rows, columns) = (tensor.shape[0], tensor.shape[1], tensor.shape[2])
        let scales = try inputs.required(scale).singles()
        let zeroPoints = try inputs.optional(zeroPoint)?.codes() ?? Array(repeating: 0, count: scales.count)
        guard [directions, directions * columns].contains(scales.count), scales.count == zeroPoints.count else {
            throw OctetError(
                .invalidModel, "the scales of the weights do not fit",
                expected: "\(directions) or \(directions * columns), and as many zero points",
                found: "\(scales.count) and \(zeroPoints.count)")
        }
        let codes = try tensor.codes()
        let isPerColumn = scales.count != directions
        var result = [Double](repeating: 0, count: codes.count)
        for direction in 0..<directions {
            for column in 0..<columns {
                let index = isPerColumn ? direction * columns + column : direction
                for row in 0..<rows {
                    let code = codes[(direction * rows + row) * columns + column] - zeroPoints[index]
                    result[(direction * columns + column) * rows + row] = Double(code) * Double(scales[index])
                }
            }
        }
        return result
    }
}
