internal import ModelGraph
internal import Operators
internal import TensorCore

/// The integers of a constant.
enum ConstantCodes {
    /// What a refinement chose, or the contents rounded by the arithmetic of `Quantize`.
    static func codes(of constant: Tensor, _ entry: TensorQuantization, _ form: Baker.Form) throws -> Tensor {
        let values: Tensor
        switch entry.replacement {
        case .codes(var codes)?:
            codes.quantization = form.parameters
            return codes
        case .values(let replaced)?: values = replaced
        case nil: values = constant
        }
        if entry.state == .passive { return try BiasParameters.codes(values, parameters: form.parameters) }
        let codes = Tensor(form.elementType, shape: values.shape, quantization: form.parameters)
        try Quantize().evaluate([values], into: [codes])
        return codes
    }

    /// What the codes of a quantized constant stand for.
    static func reals(of codes: Tensor) throws -> Tensor {
        let values = Tensor(.float32, shape: codes.shape)
        try Dequantize().evaluate([codes], into: [values])
        return values
    }
}
