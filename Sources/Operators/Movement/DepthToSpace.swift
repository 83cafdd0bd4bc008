public import ModelGraph
public import TensorCore

/// How blocks of pixels and channels are arranged in ``DepthToSpace`` and ``SpaceToDepth``.
public enum BlockOrder: String, Sendable, Hashable {
    /// The block's position is the slow part of the channel.
    case depthColumnRow = "DCR"
    /// The block's position is the fast part of the channel.
    case columnRowDepth = "CRD"
}

/// ONNX `DepthToSpace`: (N, C·b², H, W) → (N, C, H·b, W·b).
public struct DepthToSpace: QuantizableOperator {
    public static let name = "DepthToSpace"

    public var blockSize: Int
    public var order: BlockOrder

    public init(blockSize: Int, order: BlockOrder = .depthColumnRow) {
        self.blockSize = blockSize
        self.order = order
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let shape = try Blocks.shape(x, blockSize) else { return [.tensor(x.elementType, nil)] }
        let channels = try shape[1].value.map { channels -> Dimension in
            let area = try Shapes.product(blockSize, blockSize)
            guard channels % area == 0 else { throw Blocks.indivisible(channels, area) }
            return .fixed(channels / area)
        }
        let grown = try shape[2...].map { extent in
            try extent.value.map { Dimension.fixed(try Shapes.product($0, blockSize)) } ?? .unknown
        }
        return [.tensor(x.elementType, [shape[0], channels ?? .unknown] + grown)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .movable) }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? { MovementQuantization.rule(inputs) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try QuantizedMovement.aligned(inputs.required(0), with: output)
        let (n, c, h, w, b) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3], blockSize)
        switch order {
        case .depthColumnRow:
            try output.setElements(of: x, view: [n, b, b, c / (b * b), h, w], permutation: [0, 3, 4, 1, 5, 2])
        case .columnRowDepth:
            try output.setElements(of: x, view: [n, c / (b * b), b, b, h, w], permutation: [0, 1, 4, 2, 5, 3])
        }
    }
}

/// ONNX `SpaceToDepth`: (N, C, H·b, W·b) → (N, C·b², H, W).
public struct SpaceToDepth: QuantizableOperator {
    public static let name = "SpaceToDepth"

    public var blockSize: Int
    public var order: BlockOrder

    public init(blockSize: Int, order: BlockOrder = .depthColumnRow) {
        self.blockSize = blockSize
        self.order = order
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let shape = try Blocks.shape(x, blockSize) else { return [.tensor(x.elementType, nil)] }
        let channels = try shape[1].value.map {
            Dimension.fixed(try Shapes.product($0, Shapes.product(blockSize, blockSize)))
        }
        let shrunk = try shape[2...].map { extent in
            try extent.value.map { extent -> Dimension in
                guard extent % blockSize == 0 else { throw Blocks.indivisible(extent, blockSize) }
                return .fixed(extent / blockSize)
            } ?? .unknown
        }
        return [.tensor(x.elementType, [shape[0], channels ?? .unknown] + shrunk)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try inputs.require(0, .movable) }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? { MovementQuantization.rule(inputs) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try QuantizedMovement.aligned(inputs.required(0), with: output)
        let (n, c, h, w, b) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3], blockSize)
        try output.setElements(
            of: x, view: [n, c, h / b, b, w / b, b],
            permutation: order == .depthColumnRow ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4])
    }
}

private enum Blocks {
    static func shape(_ x: TensorType, _ blockSize: Int) throws -> [Dimension]? {
        guard blockSize >= 1 else {
            throw OctetError(.invalidModel, "attribute 'blocksize' must be positive", found: "\(blockSize)")
        }
        guard let shape = x.shape, shape.count != 4 else { return x.shape }
        throw OctetError(
            .invalidModel, "the input must be a batch of images", expected: "rank 4", found: "\(shape.count)")
    }

    static func indivisible(_ extent: Int, _ divisor: Int) -> OctetError {
        OctetError(.invalidModel, "an extent of \(extent) does not divide into blocks of \(divisor)")
    }
}
