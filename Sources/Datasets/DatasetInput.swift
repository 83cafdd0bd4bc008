public import TensorCore

/// An input of a model, as far as data must fit it.
public struct DatasetInput: Sendable, Hashable {
    /// The name of the tensor in the model.
    public let name: String
    /// Element type and shape; the first axis is the batch.
    public let type: TensorType

    /// An input of this name and type.
    public init(name: String, type: TensorType) {
        self.name = name
        self.type = type
    }
}

extension DatasetInput {
    /// The same elements in the input's shape: with a batch axis of 1, without one if the input has none, or, when
    /// the input's shape is fixed, in its own arrangement of as many elements.
    /// - Parameter sample: one sample, without a batch axis.
    /// - Throws: `invalidData` when it cannot fit.
    func arranged(_ sample: Tensor) throws -> Tensor {
        guard let shape = type.shape else { return sample.reshaped([1] + sample.shape) }
        if let batch = shape.first?.value, batch != 1, sample.rank + 1 == shape.count {
            throw OctetError(
                .invalidData, "input '\(name)' takes \(batch) samples at once, but samples are fed one by one",
                expected: "a batch of 1", found: "\(type)",
                remedy: "Pin the shape: --input-shape \(name)=1,…")
        }
        for candidate in [[1] + sample.shape, sample.shape] where Self.fits(candidate, shape) {
            return sample.reshaped(candidate)
        }
        var fixed: [Int] = []
        for (axis, dimension) in shape.enumerated() {
            guard let extent = dimension.value ?? (axis == 0 ? 1 : nil) else { break }
            fixed.append(extent)
        }
        if fixed.count == shape.count, Self.count(of: fixed) == sample.count { return sample.reshaped(fixed) }
        throw OctetError(
            .invalidData, "a sample does not fit input '\(name)'", expected: "\(type)",
            found: "\(TensorType(sample.elementType, fixedShape: [1] + sample.shape))",
            remedy: "For pictures, set --resize and --crop; else change the data or pin the shape with --input-shape")
    }

    private static func fits(_ extents: [Int], _ shape: [Dimension]) -> Bool {
        extents.count == shape.count && zip(extents, shape).allSatisfy { $1.value == nil || $1.value == $0 }
    }

    private static func count(of shape: [Int]) -> Int? {
        var count = 1
        for extent in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }
}
