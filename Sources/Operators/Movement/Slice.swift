public import ModelGraph
public import TensorCore

/// ONNX `Slice`: inputs data, starts, ends, and optionally axes and steps, which may be negative.
public struct Slice: QuantizableOperator {
    public static let name = "Slice"

    public init() {}

    public var shapeInputs: [Int] { [1, 2, 3, 4] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let shape = x.shape else { return [.tensor(x.elementType, nil)] }
        guard let starts = inputs.integers(1), let ends = inputs.integers(2),
            !inputs.isPresent(3) || inputs.integers(3) != nil, !inputs.isPresent(4) || inputs.integers(4) != nil
        else {
            let axes = inputs.integers(3).flatMap { try? Shapes.axes($0, rank: shape.count) }
            return [
                .tensor(x.elementType, shape.indices.map { axes?.contains($0) == false ? shape[$0] : .unknown })
            ]
        }
        let cuts = try Self.cuts(
            rank: shape.count, starts: starts, ends: ends, axes: inputs.integers(3), steps: inputs.integers(4))
        return [
            .tensor(
                x.elementType,
                try shape.indices.map { axis in
                    guard let cut = cuts[axis] else { return shape[axis] }
                    guard let extent = shape[axis].value else {
                        return cut.keepsAll ? shape[axis] : .unknown
                    }
                    return .fixed(try cut.resolved(in: extent).count)
                })
        ]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .movable) }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        MovementQuantization.rule(inputs)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try QuantizedMovement.aligned(inputs.required(0), with: output)
        let cuts = try Self.cuts(
            rank: x.rank, starts: inputs.integers(1) ?? [], ends: inputs.integers(2) ?? [], axes: inputs.integers(3),
            steps: inputs.integers(4))
        var strides = Tensor.rowMajorStrides(x.shape)
        var origin = 0
        for (axis, cut) in cuts {
            let (first, step, count) = try cut.resolved(in: x.shape[axis])
            guard count > 0 else { return }
            origin += first * strides[axis]
            strides[axis] = count == 1 ? 0 : strides[axis] * step
        }
        let nest = LoopNest(output.shape, strides: [strides, Tensor.rowMajorStrides(output.shape)])
        try nest.copy(from: x, sourceOrigin: origin, to: output)
    }

    /// Where the window into an input of this shape begins along every axis, and its steps; `nil` when it is not
    /// known before running.
    /// - Parameter inputs: the contents of the node's inputs as far as they are constant.
    public func window(of shape: [Int], _ inputs: [[Int]?]) throws -> (begins: [Int], steps: [Int])? {
        func optional(_ index: Int) -> [Int]? { index < inputs.count ? inputs[index] : nil }
        guard let starts = optional(1), let ends = optional(2) else { return nil }
        let cuts = try Self.cuts(
            rank: shape.count, starts: starts, ends: ends, axes: optional(3), steps: optional(4))
        var window = (begins: shape.map { _ in 0 }, steps: shape.map { _ in 1 })
        for (axis, cut) in cuts {
            let resolved = try cut.resolved(in: shape[axis])
            window.begins[axis] = resolved.first
            window.steps[axis] = resolved.step
        }
        return window
    }

    /// What is cut along one axis, as the inputs say it.
    private struct Cut {
        let start: Int
        let end: Int
        let step: Int

        var keepsAll: Bool { start == 0 && end >= Int(Int32.max) && step == 1 }

        func resolved(in extent: Int) throws -> (first: Int, step: Int, count: Int) {
            guard step != 0 else { throw OctetError(.invalidModel, "a step of 0") }
            let lower = step > 0 ? 0 : -1
            let upper = step > 0 ? extent : extent - 1
            func bounded(_ position: Int) -> Int {
                let counted = position < 0 ? position + extent : position
                return max(lower, min(counted, upper))
            }
            let first = bounded(start)
            let distance = step > 0 ? bounded(end) - first : first - bounded(end)
            guard distance > 0 else { return (first, step, 0) }
            let magnitude = step.magnitude
            return (first, step, Int((UInt(distance) - 1) / magnitude) + 1)
        }
    }

    private static func cuts(
        rank: Int, starts: [Int], ends: [Int], axes: [Int]?, steps: [Int]?
    ) throws -> [Int: Cut] {
        let axes = try Shapes.axes(axes ?? Array(0..<min(starts.count, rank)), rank: rank)
        let steps = steps ?? Array(repeating: 1, count: axes.count)
        guard starts.count == axes.count, ends.count == axes.count, steps.count == axes.count else {
            throw OctetError(
                .invalidModel, "starts, ends, axes and steps differ in length", expected: "\(axes.count)",
                found: "\(starts.count), \(ends.count) and \(steps.count)")
        }
        var cuts: [Int: Cut] = [:]
        for index in axes.indices {
            cuts[axes[index]] = Cut(start: starts[index], end: ends[index], step: steps[index])
        }
        return cuts
    }
}
