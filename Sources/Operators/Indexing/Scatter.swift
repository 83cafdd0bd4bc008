public import ModelGraph
public import TensorCore

/// How scattered updates meet what stands at their place.
public enum ScatterReduction: String, Sendable, Hashable {
    case none
    case add
    case mul
    case max
    case min
}

/// ONNX `ScatterElements`: input 0 with the elements of input 2 put at its places but for `axis`, where input 1 says.
public struct ScatterElements: TensorOperator {
    public static let name = "ScatterElements"

    public var axis: Int
    public var reduction: ScatterReduction

    public init(axis: Int = 0, reduction: ScatterReduction = .none) {
        self.axis = axis
        self.reduction = reduction
    }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType([0, 2])
        let x = try inputs.tensor(0)
        if let rank = x.shape?.count { _ = try Shapes.axis(axis, rank: rank) }
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try Scattering.checkSupport(inputs, reduction) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let updates = try inputs.required(2)
        let indices = try inputs.required(1)
        guard updates.shape == indices.shape else {
            throw OctetError(
                .invalidModel, "updates and indices differ in shape", expected: "\(indices.shape)",
                found: "\(updates.shape)")
        }
        let places = try ElementPlaces.resolve(
            indices.integers ?? [], shape: indices.shape, in: output.shape, axis: Shapes.axis(axis, rank: output.rank))
        try Scattering.scatter(inputs.required(0), updates, to: places, reduction, into: output)
    }
}

/// ONNX `ScatterND`: input 0 with the slices of input 2 put at the index tuples in the last axis of input 1.
public struct ScatterND: TensorOperator {
    public static let name = "ScatterND"

    public var reduction: ScatterReduction

    public init(reduction: ScatterReduction = .none) { self.reduction = reduction }

    public func inferOutputs(_ inputs: InferenceInputs) throws -> [ValueType] {
        try inputs.requireSameElementType([0, 2])
        let x = try inputs.tensor(0)
        return [.tensor(x.elementType, x.shape)]
    }

    public func checkSupport(_ inputs: InferenceInputs) throws { try Scattering.checkSupport(inputs, reduction) }

    public func evaluate(_ inputs: [Tensor?], into outputs: [Tensor?]) throws {
        guard let output = outputs.optional(0) else { return }
        let indices = try inputs.required(1)
        let updates = try inputs.required(2)
        guard let depth = indices.shape.last, depth <= output.rank,
            updates.shape == indices.shape.dropLast() + output.shape[depth...]
        else {
            throw OctetError(
                .invalidModel, "data, indices and updates do not fit",
                found: "\(output.shape), \(indices.shape) and \(updates.shape)")
        }
        let (starts, length) = try ElementPlaces.slices(indices, in: output.shape)
        let places = starts.flatMap { $0..<$0 + length }
        try Scattering.scatter(inputs.required(0), updates, to: places, reduction, into: output)
    }
}

private enum Scattering {
    static func checkSupport(_ inputs: InferenceInputs, _ reduction: ScatterReduction) throws {
        for index in [0, 2] { try inputs.require(index, reduction == .none ? .movable : .numbers) }
        try inputs.require(1, .indices)
    }

    static func scatter(
        _ x: Tensor, _ updates: Tensor, to places: [Int], _ reduction: ScatterReduction, into output: Tensor
    ) throws {
        output.setElements(of: x)
        if reduction == .none {
            try output.setElements(of: updates, from: Array(places.indices), to: places)
        } else {
            try output.elementType.accept(
                Reduce(updates: updates, places: places, reduction: reduction, output: output))
        }
    }

    private struct Reduce: ElementVisitor {
        let updates: Tensor
        let places: [Int]
        let reduction: ScatterReduction
        let output: Tensor

        func visit<T: RealElement>(real: T.Type) throws {
            switch reduction {
            case .none: run { (_: T, b: T) in b }
            case .add: run { (a: T, b: T) in T(real: a.real + b.real) }
            case .mul: run { (a: T, b: T) in T(real: a.real * b.real) }
            case .max: run { (a: T, b: T) in T(real: Maximum().value(a.real, b.real)) }
            case .min: run { (a: T, b: T) in T(real: Minimum().value(a.real, b.real)) }
            }
        }

        func visit<T: IntegerElement>(integer: T.Type) throws {
            switch reduction {
            case .none: run { (_: T, b: T) in b }
            case .add: run { (a: T, b: T) in a &+ b }
            case .mul: run { (a: T, b: T) in a &* b }
            case .max: run { (a: T, b: T) in Swift.max(a, b) }
            case .min: run { (a: T, b: T) in Swift.min(a, b) }
            }
        }

        private func run<T: TensorElement>(_ function: (T, T) -> T) {
            updates.withElements(as: T.self) { updates in
                output.withMutableElements(as: T.self) { target in
                    for (index, place) in places.enumerated() {
                        target[place] = function(target[place], updates[index])
                    }
                }
            }
        }
    }
}
