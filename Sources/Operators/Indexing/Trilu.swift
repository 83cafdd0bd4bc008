public import ModelGraph
public import TensorCore

/// ONNX `Trilu`: the upper or lower triangle of matrices, zero elsewhere; input 1 shifts the diagonal.
public struct Trilu: TensorOperator {
    public static let name = "Trilu"

    public var keepsUpper: Bool

    public init(keepsUpper: Bool = true) { self.keepsUpper = keepsUpper }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        if let rank = x.shape?.count, rank < 2 {
            throw OctetError(.invalidModel, "the input must hold matrices", found: "rank \(rank)")
        }
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .movable)
        try inputs.require(1, [.int64])
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try inputs.required(0)
        let columns = x.shape[x.rank - 1]
        let rows = x.shape[x.rank - 2]
        let shift = try inputs.integers(1)?.first ?? 0
        let diagonal = max(-rows, min(shift, columns))
        var kept: [Int] = []
        for row in 0..<x.shape.dropLast().reduce(1, *) {
            let edge = row % max(1, rows) + diagonal
            let range = keepsUpper ? max(0, min(edge, columns))..<columns : 0..<max(0, min(edge + 1, columns))
            kept.append(contentsOf: range.lazy.map { row * columns + $0 })
        }
        try LoopNest([output.count], strides: [[0], [1]]).copy(from: Tensor(x.elementType, shape: [1]), to: output)
        try output.setElements(of: x, from: kept, to: kept)
    }
}

/// ONNX `EyeLike`: ones on a diagonal of a matrix with the shape of the input, zeros elsewhere.
public struct EyeLike: TensorOperator {
    public static let name = "EyeLike"

    /// `nil` takes the input's.
    public var elementType: ElementType?
    /// How far the diagonal is shifted to the right.
    public var diagonal: Int

    public init(elementType: ElementType? = nil, diagonal: Int = 0) {
        self.elementType = elementType
        self.diagonal = diagonal
    }

    public var readsOnlyTypes: Bool { true }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        if let rank = x.shape?.count, rank != 2 {
            throw OctetError(.invalidModel, "the input must be a matrix", found: "rank \(rank)")
        }
        return [.tensor(elementType ?? x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        let type = try elementType ?? inputs.tensor(0).elementType
        guard [ElementType].numbers.union([.bool]).contains(type) else {
            throw OctetError(.unsupported, "no evaluation for elements of type \(type.rawValue)")
        }
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let columns = output.shape[1]
        let shift = max(-output.shape[0], min(diagonal, columns))
        let ones = (0..<output.count).map { $0 / columns + shift == $0 % columns ? 1 : 0 }
        if output.elementType.isFloatingPoint {
            try output.setReals(ones.map(Double.init))
        } else {
            try output.setIntegers(ones)
        }
    }
}
