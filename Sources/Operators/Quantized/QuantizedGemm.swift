public import ModelGraph
public import TensorCore

/// ONNX Runtime's `QGemm` with an integer output: ``Gemm`` on integers. Inputs: a, its scale and zero point, b, its
/// scale and zero point (per tensor or one a column), an int32 bias or none, the output's scale and zero point.
public struct QuantizedGemm: TensorOperator {
    public static let name = "QGemm"

    public var transposesB: Bool

    public init(transposesB: Bool = false) { self.transposesB = transposesB }

    private var gemm: Gemm { Gemm(transposesB: transposesB) }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let product = InferenceInputs(
            types: [
                .tensor(.float32, try inputs.tensor(0).shape), .tensor(.float32, try inputs.tensor(3).shape),
                try inputs.optionalTensor(6).map { .tensor(.float32, $0.shape) },
            ], constants: [nil, nil, nil], outputCount: 1)
        let shape = try gemm.inferOutputs(product)[0].tensorType?.shape
        return [.tensor(try inputs.tensor(0).elementType, shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 2, 3, 5, 8] { try inputs.require(index, [.int8, .uint8]) }
        for index in [1, 4, 7] { try inputs.require(index, [.float32]) }
        try inputs.require(6, [.int32])
        try IntegerOperand.requireScalar(inputs, [1, 2, 7, 8])
        guard inputs.isPresent(7) else {
            throw OctetError(.unsupported, "evaluation of QGemm with a float output")
        }
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        var bias = inputs.optional(6)
        if let tensor = bias { bias = tensor.reshaped([tensor.count]) }
        try gemm.evaluate(
            [
                IntegerOperand.tensor(inputs, 0, scale: 1, zeroPoint: 2),
                IntegerOperand.tensor(inputs, 3, scale: 4, zeroPoint: 5, axis: transposesB ? 0 : 1), bias,
            ], into: [IntegerOperand.output(output, inputs, scale: 7, zeroPoint: 8)])
    }
}
