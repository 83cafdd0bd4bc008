public import ModelGraph
public import TensorCore

/// ONNX `ReverseSequence`: the first elements of each sequence of a batch in reverse, as many as input 1 says.
public struct ReverseSequence: TensorOperator {
    public static let name = "ReverseSequence"

    public var batchAxis: Int
    public var timeAxis: Int

    public init(batchAxis: Int = 1, timeAxis: Int = 0) {
        self.batchAxis = batchAxis
        self.timeAxis = timeAxis
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard batchAxis >= 0, timeAxis >= 0, batchAxis + timeAxis == 1, x.shape?.count ?? 2 >= 2 else {
            throw OctetError(.invalidModel, "'batch_axis' and 'time_axis' must be 0 and 1, in some order")
        }
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .movable)
        try inputs.require(1, .indices)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let lengths = try inputs.integers(1) ?? []
        let (batches, times) = (x.shape[batchAxis], x.shape[timeAxis])
        guard lengths.count == batches, lengths.allSatisfy({ $0 >= 0 && $0 <= times }) else {
            throw OctetError(
                .invalidData, "the lengths of the sequences do not fit", expected: "\(batches) of 0 … \(times)",
                found: "\(lengths.prefix(16))")
        }
        let strides = Tensor.rowMajorStrides(x.shape)
        let inner = x.shape[2...].reduce(1, *)
        let nest = LoopNest([inner], strides: [[1], [1]])
        for batch in 0..<batches {
            for time in 0..<times {
                let source = time < lengths[batch] ? lengths[batch] - 1 - time : time
                let base = batch * strides[batchAxis]
                try nest.copy(
                    from: x, sourceOrigin: base + source * strides[timeAxis], to: output,
                    targetOrigin: base + time * strides[timeAxis])
            }
        }
    }
}
