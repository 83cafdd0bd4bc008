import ModelGraph
import Operators
import TensorCore
import Testing

/// Infers and evaluates an operator by itself, as an executor would.
/// - Parameter outputs: the parameters of quantized outputs.
func evaluate(
    _ op: any TensorOperator, _ inputs: [Tensor?], outputCount: Int = 1,
    quantizedTo type: ElementType? = nil, _ quantization: QuantizationParameters? = nil
) throws -> [Tensor] {
    let facts = InferenceInputs(
        types: inputs.map { $0.map { .tensor($0.type) } }, constants: inputs, outputCount: outputCount)
    try op.checkSupport(facts)
    let outputs = try op.inferOutputs(facts).prefix(outputCount).map { inferred in
        let tensorType = try #require(inferred.tensorType)
        return Tensor(
            type ?? tensorType.elementType, shape: try #require(tensorType.fixedShape), quantization: quantization)
    }
    try op.evaluate(inputs, into: outputs)
    return outputs
}

/// The first output as floats.
func floats(_ op: any TensorOperator, _ inputs: [Tensor?]) throws -> [Float] {
    try #require(try evaluate(op, inputs)[0].floats)
}

/// The first output as integers.
func integers(_ op: any TensorOperator, _ inputs: [Tensor?]) throws -> [Int] {
    try #require(try evaluate(op, inputs)[0].integers)
}

/// What an operator infers.
func inferred(_ op: any Operator, _ types: [TensorType?], constants: [Int: Tensor] = [:]) throws -> [ValueType] {
    try op.inferOutputs(
        InferenceInputs(
            types: types.map { $0.map(ValueType.tensor) }, constants: types.indices.map { constants[$0] },
            outputCount: 1))
}

func indices(_ values: [Int64]) -> Tensor { Tensor(values, shape: [values.count]) }

/// Bytes that look random and are the same everywhere.
func noise(_ count: Int, seed: Int) -> [Int] {
    var state = seed
    return (0..<count).map { _ in
        state = (state &* 1_103_515_245 &+ 12345) & 0x7fff_ffff
        return (state >> 16) & 255
    }
}

func uint8(_ values: [Int], _ shape: [Int], scale: Float, zeroPoint: Int32) -> Tensor {
    Tensor(values.map(UInt8.init), shape: shape, quantization: .init(scale: scale, zeroPoint: zeroPoint))
}

func kind(of body: () throws -> Void) -> OctetError.Kind? {
    do {
        try body()
        return nil
    } catch let error as OctetError {
        return error.kind
    } catch {
        return nil
    }
}
