public import ModelGraph
public import TensorCore

extension QOperatorSlots {
    /// x, its scale and zero point, the output's scale and zero point.
    static let unary = QOperatorSlots(
        [Operand(0, scale: 1, zeroPoint: 2)], resultScale: 3, resultZeroPoint: 4)

    /// a, its scale and zero point, b, its scales and zero points (one an index of `axis`, or one), the output's.
    static func binary(axis: Int? = nil, bias: Int? = nil, resultScale: Int = 6) -> QOperatorSlots {
        QOperatorSlots(
            [Operand(0, scale: 1, zeroPoint: 2), Operand(3, scale: 4, zeroPoint: 5, axis: axis)], bias: bias,
            resultScale: resultScale, resultZeroPoint: resultScale + 1)
    }
}

extension QOperator {
    /// Puts the parameters into the tensors' types and evaluates ``typed``.
    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        try evaluateTyped(inputs, into: output)
    }

    func evaluateTyped(_ inputs: [Tensor?], into output: Tensor) throws {
        guard let typed else { return }
        let slots = slots(inputCount: inputs.count)
        var operands: [Tensor?] = try slots.operands.map { try IntegerOperand.tensor(inputs, $0) }
        if let bias = slots.bias.flatMap({ inputs.optional($0) }) { operands.append(bias.reshaped([bias.count])) }
        let isReal = slots.resultScale.flatMap { inputs.optional($0) } == nil
        try typed.evaluate(operands, into: [isReal ? output : IntegerOperand.output(output, inputs, slots)])
    }
}

/// Which ``QOperator`` stands for an operator on quantized values.
public enum QOperators {
    /// The form whose ``QOperator/typed`` is `op`.
    /// - Parameter givesReals: whether the output is not quantized.
    /// - Returns: `nil` where there is none, or none for this use of the operator.
    public static func form(of op: any Operator, givesReals: Bool) -> (any QOperator)? {
        switch op {
        case let gemm as Gemm:
            let isPlain = gemm.alpha == 1 && gemm.beta == 1 && !gemm.transposesA
            return isPlain ? QuantizedGemm(transposesB: gemm.transposesB) : nil
        case is MatrixMultiplication: return givesReals ? IntegerProductToFloat() : QuantizedMatrixMultiplication()
        case _ where givesReals: return nil
        case let convolution as Convolution:
            return QuantizedConvolution(window: convolution.window, group: convolution.group)
        case is Addition: return QuantizedAddition()
        case is Multiplication: return QuantizedMultiplication()
        case let concatenation as Concatenation: return QuantizedConcatenation(axis: concatenation.axis)
        case is GlobalAveragePool: return QuantizedGlobalAveragePool()
        case let pool as AveragePool:
            let isDilated = pool.window.dilations?.contains { $0 != 1 } ?? false
            return isDilated ? nil : QuantizedAveragePool(pool: pool)
        default: return nil
        }
    }
}

/// Integer operands whose parameters are inputs of the node.
enum IntegerOperand {
    /// An operand with its parameters in its type.
    /// - Throws: `unsupported` when there are other numbers of scales, `invalidModel` when they contradict.
    static func tensor(_ inputs: [Tensor?], _ operand: QOperatorSlots.Operand) throws -> Tensor {
        let rank = try inputs.required(operand.value).rank
        let axis = operand.axis.map { max(0, $0 < 0 ? $0 + rank : $0) }
        return try tensor(inputs, operand.value, scale: operand.scale, zeroPoint: operand.zeroPoint, axis: axis)
    }

    /// Input `index` with its parameters in its type.
    /// - Parameters:
    ///   - scale: the input that holds the scale; `nil` for 1.
    ///   - axis: where one scale for each index of an axis may stand.
    /// - Throws: `unsupported` when there are other numbers of scales, `invalidModel` when they contradict.
    static func tensor(
        _ inputs: [Tensor?], _ index: Int, scale: Int?, zeroPoint: Int, axis: Int? = nil
    ) throws -> Tensor {
        var tensor = try inputs.required(index)
        tensor.quantization = try parameters(inputs, scale: scale, zeroPoint: zeroPoint, axis: axis)
        return tensor
    }

    /// The output with its parameters in its type.
    static func output(_ output: Tensor, _ inputs: [Tensor?], _ slots: QOperatorSlots) throws -> Tensor {
        var output = output
        output.quantization = try parameters(
            inputs, scale: slots.resultScale, zeroPoint: slots.resultZeroPoint, axis: nil)
        return output
    }

    private static func parameters(
        _ inputs: [Tensor?], scale: Int?, zeroPoint: Int?, axis: Int?
    ) throws -> QuantizationParameters {
        var scales = try scale.map { try inputs.required($0).singles() } ?? [1]
        var zeroPoints = try zeroPoint.flatMap { inputs.optional($0) }?.codes() ?? [0]
        let count = max(scales.count, zeroPoints.count)
        if scales.count == 1 { scales = Array(repeating: scales[0], count: count) }
        if zeroPoints.count == 1 { zeroPoints = Array(repeating: zeroPoints[0], count: count) }
        guard scales.count == count, zeroPoints.count == count, axis != nil || count == 1 else {
            throw OctetError(
                .invalidModel, "scales and zero points do not fit",
                found: "\(scales.count) scales, \(zeroPoints.count) zero points")
        }
        return QuantizationParameters(scales: scales, zeroPoints: zeroPoints, axis: count == 1 ? nil : axis)
    }

    /// Refuses parameters for several rows, columns or channels where evaluation takes one for the whole tensor.
    static func requireScalar(_ inputs: InferenceInputs, _ indices: [Int]) throws {
        for index in indices {
            guard let shape = try inputs.optionalTensor(index)?.shape else { continue }
            guard shape.allSatisfy({ $0 == 1 }) else {
                throw OctetError(
                    .unsupported, "input \(index) must be one number for the whole tensor", found: "shape \(shape)")
            }
        }
    }
}
