public import ModelGraph
internal import TensorCore

/// ONNX `Reshape`: input 1 is the shape; −1 is what is left over, 0 copies the input's extent unless `allowsZero`.
public struct Reshape: Reinterpretation {
    public static let name = "Reshape"

    public var allowsZero: Bool

    public init(allowsZero: Bool = false) { self.allowsZero = allowsZero }

    public var shapeInputs: [Int] { [1] }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        let x = try inputs.tensor(0)
        guard let target = inputs.integers(1) else {
            let rank = try inputs.tensor(1).fixedShape?.first
            guard let rank, rank >= 0, rank <= 64 else { return [.tensor(x.elementType, nil)] }
            return [.tensor(x.elementType, Array(repeating: .unknown, count: rank))]
        }
        guard target.filter({ $0 == -1 }).count <= 1, target.allSatisfy({ $0 >= -1 }) else {
            throw OctetError(.invalidModel, "the shape is impossible", found: "\(target)")
        }
        guard let shape = x.shape else {
            return [.tensor(x.elementType, target.map { $0 > 0 || $0 == 0 && allowsZero ? .fixed($0) : .unknown })]
        }
        var result: [Dimension] = []
        var source = shape
        var divisor = 1
        for (axis, extent) in target.enumerated() {
            if extent == 0 && !allowsZero {
                guard axis < shape.count else {
                    throw OctetError(.invalidModel, "0 copies an axis the input does not have", found: "\(target)")
                }
                result.append(shape[axis])
                if shape[axis].value == nil {
                    source[axis] = 1
                } else {
                    divisor = try Shapes.product(divisor, shape[axis].value ?? 1)
                }
            } else {
                result.append(extent == -1 ? .unknown : .fixed(extent))
                if extent >= 0 { divisor = try Shapes.product(divisor, extent) }
            }
        }
        try fit(&result, target: target, source: source, divisor: divisor)
        return [.tensor(x.elementType, result)]
    }

    /// Works out the −1, and checks the counts as far as they are known.
    private func fit(_ result: inout [Dimension], target: [Int], source: [Dimension], divisor: Int) throws {
        let known = source.compactMap(\.value)
        guard known.count == source.count else {
            let open = source.filter { $0.value == nil }
            if let axis = target.firstIndex(of: -1), open.count == 1, try Shapes.count(known) == divisor {
                result[axis] = open[0]
            }
            return
        }
        let count = try Shapes.count(known)
        if let axis = target.firstIndex(of: -1) {
            guard divisor > 0 ? count % divisor == 0 : count == 0 else {
                throw OctetError(
                    .invalidModel, "\(count) elements do not fit the shape", found: "\(target)")
            }
            result[axis] = .fixed(divisor > 0 ? count / divisor : 0)
        } else if count != divisor {
            throw OctetError(
                .invalidModel, "the shape holds another number of elements", expected: "\(count)",
                found: "\(divisor) in \(target)")
        }
    }
}
