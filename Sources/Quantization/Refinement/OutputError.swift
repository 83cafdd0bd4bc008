internal import Foundation
internal import ModelGraph
internal import TensorCore

/// The error of a network's outputs beside the float network's, on a few samples.
struct OutputError {
    private let float: Graph
    private let samples: CalibrationSamples
    private let indices: [Int]
    private let executor: any Executor
    /// The float outputs of each sample.
    private let references: [Int: [Tensor]]

    /// - Parameter references: the float network's outputs by sample; `nil` to run it for them.
    init(
        float: Graph, samples: CalibrationSamples, indices: [Int], executor: any Executor,
        references: [Int: [Tensor]]? = nil
    ) throws {
        self.float = float
        self.samples = samples
        self.indices = indices
        self.executor = executor
        if let references {
            self.references = references
            return
        }
        var run = CalibrationRun(float, keeping: [], executor: executor)
        var found: [Int: [Tensor]] = [:]
        for index in indices { found[index] = try run.run(index, of: samples)?.compactMap(\.tensor) }
        self.references = found
    }

    /// The power of the outputs' error as a share of the float outputs' power: the geometric mean over samples and
    /// outputs, so that no few samples decide. Behind a softmax it compares the errors of the scores, whatever the
    /// samples' certainty.
    func of(_ quantized: Graph) throws -> Double {
        var run = CalibrationRun(quantized, keeping: [], executor: executor)
        var sum = 0.0
        var count = 0.0
        for index in indices {
            let found = try run.run(index, of: samples)?.compactMap(\.tensor) ?? []
            for (reference, tensor) in zip(references[index] ?? [], found) {
                guard reference.elementType == .float32, tensor.elementType == .float32,
                    reference.count == tensor.count
                else { continue }
                let power = max(reference.power, Double(Float.leastNormalMagnitude))
                sum += max(reference.less(tensor).power / power, Self.least).portableLogarithm
                count += 1
            }
        }
        return count > 0 ? exp(sum / count) : 0
    }

    /// The share below which an error counts as none.
    private static let least = 1e-16
}

extension Tensor {
    /// The difference of two float32 tensors of the same shape.
    fileprivate func less(_ other: Tensor) -> Tensor {
        let result = Tensor(.float32, shape: shape)
        withElements(as: Float.self) { a in
            other.withElements(as: Float.self) { b in
                result.withMutableElements(as: Float.self) { target in
                    for index in a.indices { target[index] = a[index] - b[index] }
                }
            }
        }
        return result
    }
}
