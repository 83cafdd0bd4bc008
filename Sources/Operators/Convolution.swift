public import ModelGraph
public import TensorCore

/// ONNX `Conv`: x (N, C, spatial…), w (M, C/group, kernel…), optional bias (M) → (N, M, spatial…).
public struct Convolution: TensorOperator {
    public static let name = "Conv"

    public var window: SpatialWindow
    public var group: Int

    public init(window: SpatialWindow = SpatialWindow(), group: Int = 1) {
        self.window = window
        self.group = group
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        let w = try inputs.tensor(1)
        guard let xShape = x.shape, let wShape = w.fixedShape else { return [.tensor(x.elementType, nil)] }
        guard xShape.count == wShape.count, xShape.count >= 3 else {
            throw OctetError(
                .invalidModel, "input and weights do not have the same rank of at least 3",
                expected: "\(xShape.count)", found: "\(wShape.count)")
        }
        if let channels = xShape[1].value {
            guard group >= 1, wShape[0] % group == 0, channels == wShape[1].multipliedReportingOverflow(by: group).partialValue
            else {
                throw OctetError(
                    .invalidModel, "the channels do not fit the weights and group \(group)",
                    expected: "\(wShape[1]) · \(group)", found: "\(channels)")
            }
        }
        var shape: [Dimension] = [xShape[0], .fixed(wShape[0])]
        let spatial = xShape.dropFirst(2).map(\.value)
        if spatial.contains(nil) {
            shape += Array(repeating: .unknown, count: spatial.count)
        } else {
            let resolved = try window.resolve(input: spatial.compactMap { $0 }, kernel: Array(wShape.dropFirst(2)))
            shape += resolved.output.map(Dimension.fixed)
        }
        return [.tensor(x.elementType, shape)]
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        throw OctetError(.unsupported, "evaluation of Conv is not there yet")
    }
}
