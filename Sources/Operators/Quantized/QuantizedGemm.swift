public import ModelGraph
internal import TensorCore

/// ONNX Runtime's `QGemm`: ``Gemm`` on integers. Inputs: a, its scale and zero point, b, its
/// scale and zero point (per tensor or one a column), an int32 bias or none, the
/// output's scale and zero point. Without these two the output is the real sums.
public struct QuantizedGemm: QOperator {
    public static let name = "QGemm"

    public var transposesB: Bool

    public init(transposesB: Bool = false) { self.transposesB = transposesB }

    private var gemm: Gemm { Gemm(transposesB: transposesB) }

    public var typed: (any QuantizableOperator)? { gemm }

    public func slots(inputCount: Int) -> QOperatorSlots {
        .binary(axis: transposesB ? 0 : 1, bias: 6, resultScale: 7)
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let product = InferenceInputs(
            types: [
                .tensor(.float32, try inputs.tensor(0).shape), .tensor(.float32, try inputs.tensor(3).shape),
                try inputs.optionalTensor(6).map { .tensor(.float32, $0.shape) },
            ], constants: [nil, nil, nil], outputCount: 1)
        let type = inputs.isPresent(7) ? try inputs.optionalTensor(8)?.elementType ?? .uint8 : .float32
        let shape = try gemm.inferOutputs(product)[0].tensorType?.shape
        return [.tensor(type, shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        for index in [0, 2, 3, 5, 8] { try inputs.require(index, [.int8, .uint8]) }
        for index in [1, 4, 7] { try inputs.require(index, [.float32]) }
        try inputs.require(6, [.int32])
        try IntegerOperand.requireScalar(inputs, [1, 2, 7, 8])
    }
}
