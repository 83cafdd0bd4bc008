public import ModelGraph
public import TensorCore

/// ONNX `Where`: input 1 where input 0 is true, else input 2, with broadcasting.
public struct Where: TensorOperator {
    public static let name = "Where"

    public init() {}

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType(1..<3)
        let x = try inputs.tensor(1)
        let shape = try Shapes.broadcast([inputs.tensor(0).shape, x.shape, inputs.tensor(2).shape])
        return [.tensor(x.elementType, shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, [.bool])
        try inputs.require(1, .movable)
        try inputs.require(2, .movable)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let condition = try inputs.required(0)
        let shape = output.shape
        try Expansion.expand(inputs.required(2), into: output)
        let chosen = try inputs.required(1)
        let nest = LoopNest(
            shape,
            strides: [
                Tensor.rowMajorStrides(shape), LoopNest.broadcastStrides(condition.shape, to: shape),
                LoopNest.broadcastStrides(chosen.shape, to: shape),
            ])
        let one = LoopNest([1], strides: [[0], [0]])
        try condition.withBytes { flags in
            try nest.forEachRun { starts, steps, length in
                for index in 0..<length where flags[starts[1] + index * steps[1]] != 0 {
                    try one.copy(
                        from: chosen, sourceOrigin: starts[2] + index * steps[2], to: output,
                        targetOrigin: starts[0] + index * steps[0])
                }
            }
        }
    }
}
