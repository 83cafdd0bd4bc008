public import ModelGraph
public import TensorCore

/// ONNX `Pad`: inputs data, pads (all begins, then all ends; negative ones cut), and optionally a value and axes.
public struct Pad: QuantizableOperator {
    public static let name = "Pad"

    /// What stands in the padding.
    public enum Mode: String, Sendable, Hashable {
        case constant
        /// The data mirrored at its border element.
        case reflect
        /// The border element.
        case edge
        /// The data repeated.
        case wrap
    }

    public var mode: Mode

    public init(mode: Mode = .constant) { self.mode = mode }

    public var shapeInputs: [Int] { [1, 3] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let shape = x.shape else { return [.tensor(x.elementType, nil)] }
        guard let pads = inputs.integers(1), !inputs.isPresent(3) || inputs.integers(3) != nil else {
            return [.tensor(x.elementType, shape.map { _ in .unknown })]
        }
        let (begins, ends) = try Self.resolve(pads, axes: inputs.integers(3), rank: shape.count)
        return [
            .tensor(
                x.elementType,
                try shape.indices.map { axis in
                    guard begins[axis] != 0 || ends[axis] != 0 else { return shape[axis] }
                    guard let extent = shape[axis].value else { return .unknown }
                    let padded = try Shapes.sum(Shapes.sum(extent, begins[axis]), ends[axis])
                    guard padded >= 0, mode == .constant || extent > 0 || padded == 0 else {
                        throw OctetError(.invalidModel, "axis \(axis) of extent \(extent) cannot be padded so")
                    }
                    return .fixed(padded)
                })
        ]
    }

    /// How much is added in front of every axis of an input of this rank; `nil` when it is not known before running.
    /// - Parameter inputs: the contents of the node's inputs as far as they are constant.
    public func begins(rank: Int, _ inputs: [[Int]?]) throws -> [Int]? {
        guard inputs.count > 1, let pads = inputs[1] else { return nil }
        return try Self.resolve(pads, axes: inputs.count > 3 ? inputs[3] : nil, rank: rank).begins
    }

    private static func resolve(_ pads: [Int], axes: [Int]?, rank: Int) throws -> (begins: [Int], ends: [Int]) {
        let axes = try Shapes.axes(axes ?? Array(0..<rank), rank: rank)
        guard pads.count == 2 * axes.count else {
            throw OctetError(
                .invalidModel, "'pads' does not fit", expected: "\(2 * axes.count) numbers", found: "\(pads)")
        }
        var begins = Array(repeating: 0, count: rank)
        var ends = begins
        for (index, axis) in axes.enumerated() {
            begins[axis] = pads[index]
            ends[axis] = pads[axes.count + index]
        }
        return (begins, ends)
    }

    public func checkSupport(_ inputs: InferenceInputs) throws {
        try inputs.require(0, .movable)
        if let value = try inputs.optionalTensor(2), try value.elementType != inputs.tensor(0).elementType {
            try inputs.require(0, Cast.supported)
            try inputs.require(2, Cast.supported)
        }
    }

    public func quantizationRule(_ inputs: InferenceInputs) -> QuantizationRule? {
        guard mode == .constant else { return nil }
        if inputs.isPresent(2) {
            guard let value = inputs.constant(2)?.floats, value.allSatisfy({ $0 == 0 }) else { return nil }
        }
        return MovementQuantization.rule(inputs)
    }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let x = try QuantizedMovement.aligned(inputs.required(0), with: output)
        let (begins, _) = try Self.resolve(inputs.integers(1) ?? [], axes: inputs.integers(3), rank: x.rank)
        if mode == .constant { try fill(output, with: inputs.optional(2)) }
        guard output.count > 0 else { return }
        let sources = x.shape.indices.map { axis in
            (0..<output.shape[axis]).map { source(of: $0 - begins[axis], extent: x.shape[axis]) }
        }
        let rank = x.rank
        guard rank > 0 else { return output.setElements(of: x) }
        let strides = Tensor.rowMajorStrides(x.shape)
        let outputStrides = Tensor.rowMajorStrides(output.shape)
        var ranges: [(from: Int, to: Int, count: Int, step: Int)] = []
        for (position, place) in sources[rank - 1].enumerated() {
            guard let place else { continue }
            if let last = ranges.last, last.to + last.count == position, last.step == 1, last.from + last.count == place
            {
                ranges[ranges.count - 1].count += 1
            } else {
                ranges.append((place, position, 1, 1))
            }
        }
        var row = Array(repeating: 0, count: rank - 1)
        let rows = output.shape.dropLast().reduce(1, *)
        for _ in 0..<rows {
            let places = row.indices.map { sources[$0][row[$0]] }
            if !places.contains(nil) {
                let from = zip(places, strides).reduce(0) { $0 + ($1.0 ?? 0) * $1.1 }
                let to = zip(row, outputStrides).reduce(0) { $0 + $1.0 * $1.1 }
                for range in ranges {
                    let nest = LoopNest([range.count], strides: [[1], [1]])
                    try nest.copy(from: x, sourceOrigin: from + range.from, to: output, targetOrigin: to + range.to)
                }
            }
            for axis in row.indices.reversed() {
                row[axis] += 1
                if row[axis] < output.shape[axis] { break }
                row[axis] = 0
            }
        }
    }

    /// The position in the data that gives the element `position` away from its beginning; `nil` in constant padding.
    private func source(of position: Int, extent: Int) -> Int? {
        if position >= 0 && position < extent { return position }
        switch mode {
        case .constant: return nil
        case .edge: return max(0, min(position, extent - 1))
        case .wrap:
            let rest = position % extent
            return rest < 0 ? rest + extent : rest
        case .reflect:
            guard extent > 1 else { return 0 }
            let period = 2 * (extent - 1)
            let rest = position % period
            let inside = rest < 0 ? rest + period : rest
            return inside < extent ? inside : period - inside
        }
    }

    private func fill(_ output: Tensor, with value: Tensor?) throws {
        let scalar: Tensor
        if output.quantization != nil {
            scalar = Tensor(output.elementType, shape: [1])
            try scalar.setCodes([output.tensorScale().zeroPoint])
        } else if let value, value.count == 1 {
            scalar = Tensor(output.elementType, shape: [1])
            try Cast.convert(value, into: scalar)
        } else {
            scalar = Tensor(output.elementType, shape: [1])
        }
        let nest = LoopNest([output.count], strides: [[0], [1]])
        try nest.copy(from: scalar, to: output)
    }
}
