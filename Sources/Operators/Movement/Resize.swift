public import ModelGraph
public import TensorCore

/// ONNX `Resize`: resamples along axes. Inputs: data, region of interest, scales, sizes; scales or sizes are given, an
/// empty tensor counts as left out.
public struct Resize: QuantizableOperator {
    public static let name = "Resize"

    /// How a sample is made of its neighbours.
    public enum Mode: String, Sendable, Hashable {
        case nearest
        case linear
        case cubic
    }

    /// Where an output element lies in the input (ONNX `coordinate_transformation_mode`).
    public enum Coordinates: String, Sendable, Hashable {
        case halfPixel = "half_pixel"
        case halfPixelSymmetric = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignCorners = "align_corners"
        case asymmetric
        case cropAndResize = "tf_crop_and_resize"
    }

    /// Which neighbour is nearest (ONNX `nearest_mode`).
    public enum Rounding: String, Sendable, Hashable {
        case preferFloor = "round_prefer_floor"
        case preferCeil = "round_prefer_ceil"
        case floor
        case ceil
    }

    /// What `sizes` means for the ratio of the axes (ONNX `keep_aspect_ratio_policy`).
    public enum AspectRatio: String, Sendable, Hashable {
        case stretch
        case notLarger = "not_larger"
        case notSmaller = "not_smaller"
    }

    public var mode = Mode.nearest
    public var coordinates = Coordinates.halfPixel
    public var rounding = Rounding.preferFloor
    public var aspectRatio = AspectRatio.stretch
    /// The axes that scales, sizes and region speak of; `nil` is all.
    public var axes: [Int]?
    public var antialiases = false
    public var cubicCoefficient: Float = -0.75
    /// Gives neighbours outside the input weight 0, instead of repeating the border.
    public var excludesOutside = false
    /// The value outside the region with ``Coordinates/cropAndResize``.
    public var extrapolation: Float = 0

    public init() {}

    public var shapeInputs: [Int] { [1, 2, 3] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let shape = x.shape else { return [.tensor(x.elementType, nil)] }
        let open = shape.map { _ in Dimension.unknown }
        for index in 1...3 where inputs.isPresent(index) && inputs.constant(index) == nil {
            return [.tensor(x.elementType, open)]
        }
        guard let fixed = x.fixedShape else {
            let plan = try plan(
                shape: shape.map { $0.value ?? 1 }, region: inputs.constant(1), scales: inputs.constant(2),
                sizes: inputs.constant(3))
            return [
                .tensor(
                    x.elementType,
                    zip(shape, plan).map { extent, axis in
                        axis.isIdentity ? extent : extent.value == nil ? .unknown : .fixed(axis.output)
                    })
            ]
        }
        let plan = try plan(
            shape: fixed, region: inputs.constant(1), scales: inputs.constant(2), sizes: inputs.constant(3))
        return [.tensor(x.elementType, plan.map { .fixed($0.output) })]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, mode == .nearest ? .movable : .reals)
        try inputs.require(1, .reals)
        try inputs.require(2, [.float32])
        try inputs.require(3, [.int64])
    }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        mode == .nearest && coordinates != .cropAndResize ? MovementQuantization.rule(inputs) : nil
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try QuantizedMovement.aligned(inputs.required(0), with: output)
        let plan = try plan(
            shape: x.shape, region: inputs.optional(1), scales: inputs.optional(2), sizes: inputs.optional(3))
        guard output.count > 0 else { return }
        guard x.count > 0 else { throw OctetError(.invalidData, "an empty tensor cannot be resized") }
        if mode == .nearest && coordinates != .cropAndResize {
            try selectNearest(x, plan, into: output)
        } else {
            try output.setReals(interpolate(try x.reals(), x.shape, plan))
        }
    }
}
