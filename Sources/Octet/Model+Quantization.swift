public import Datasets
public import ModelGraph
public import Quantization
internal import TensorCore

extension Model {
    /// Quantizes the network with samples of a data set.
    /// - Parameters:
    ///   - skipped: called with each sample that cannot be decoded; it is left out.
    ///   - progress: called after each sample with how many are done, and of how many.
    /// - Throws: what ``Quantizer/quantize(_:calibration:progress:)`` throws, and `invalidData` when no sample is left.
    public func quantized(
        calibration dataset: any Dataset, options: QuantizationOptions, execution: ExecutionOptions = ExecutionOptions(),
        skipped: @escaping @Sendable (UnreadableSample) -> Void = { _ in },
        progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> Quantizer.Result {
        let names = graph.inputs.map { graph[$0].name }
        let samples = CalibrationSamples(count: dataset.count) { index in
            do {
                let tensors = try dataset.tensors(at: index)
                return try names.map { name in
                    guard let tensor = tensors[name] else {
                        throw OctetError(.invalidData, "sample \(index) has no array for input '\(name)'")
                    }
                    return .tensor(tensor)
                }
            } catch let unreadable as UnreadableSample {
                skipped(unreadable)
                return nil
            }
        }
        do {
            return try Quantizer(options: options, executor: execution.executor()).quantize(
                graph, calibration: samples, progress: progress)
        } catch let error as OctetError {
            throw error.at(file: path.isEmpty ? nil : path)
        }
    }
}
