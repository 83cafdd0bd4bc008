internal import TensorCore

/// Bringing codes from one tensor's parameters to another's.
enum QuantizedMovement {
    /// The code of each code of `source` in the parameters of `target`: the same when the parameters are equal, else
    /// the real value's, as Dequantize and Quantize would have it.
    static func recoding(from source: TensorScale, to target: TensorScale) -> (Int32) -> Int32 {
        source == target ? { $0 } : { target.quantize(source.real($0)) }
    }

    /// Fills `output` with `input` in the parameters of `output`, cut to `bounds` of the output's codes.
    static func requantize(_ input: Tensor, into output: Tensor, clampedTo bounds: ClosedRange<Int32>? = nil) throws {
        let target = try output.tensorScale()
        let recode = recoding(from: try input.tensorScale(), to: target)
        var codes = try input.codes()
        let bounds = (bounds ?? target.range).clamped(to: target.range)
        for index in codes.indices {
            codes[index] = min(max(recode(codes[index]), bounds.lowerBound), bounds.upperBound)
        }
        try output.setCodes(codes)
    }

    /// The input of an operator that only moves elements, in the parameters of its output: itself when it is not
    /// quantized or has the same parameters.
    static func aligned(_ input: Tensor, with output: Tensor) throws -> Tensor {
        guard input.quantization != nil,
            input.elementType != output.elementType
                || input.quantization != output.quantization
        else { return input }
        let result = Tensor(output.elementType, shape: input.shape, quantization: output.quantization)
        try requantize(input, into: result)
        return result
    }
}
