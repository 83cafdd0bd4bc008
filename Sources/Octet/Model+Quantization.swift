public import Datasets
internal import Foundation
internal import GraphPasses
internal import ModelGraph
public import Quantization
public import TensorCore

/// A quantized network and how it came about.
public struct QuantizedModel: Sendable {
    /// The network in integers.
    public var model: Model
    public var report: QuantizationReport
    /// How many samples it was calibrated with.
    public var samples: Int
    /// Samples that could not be decoded and were left out, with the reason.
    public var skipped: [String]
}

extension Model {
    /// Quantizes the network with samples of a data set.
    /// - Parameter progress: where to say how far it is; `nil` for nowhere.
    /// - Throws: what ``Quantizer/quantize(_:calibration:progress:)`` throws, and `invalidData` when no sample is left.
    public func quantized(
        calibration dataset: any Dataset, options: QuantizationOptions = QuantizationOptions(),
        execution: ExecutionOptions = ExecutionOptions(), progress: ProgressMeter.Sink? = nil
    ) throws -> QuantizedModel {
        let skipped = SkippedSamples()
        let total = min(options.sampleLimit ?? dataset.count, dataset.count)
        do {
            let result = try Self.metering(progress) { step in
                try Quantizer(options: options, executor: execution.executor()).quantize(
                    WidenHalfPrecision.widen(graph), calibration: samples(of: dataset, skipped: skipped),
                    progress: step)
            }
            return QuantizedModel(
                model: Model(graph: result.graph), report: result.report, samples: total - skipped.descriptions.count,
                skipped: skipped.descriptions)
        } catch let error as OctetError {
            throw error.at(file: path.isEmpty ? nil : path)
        }
    }

    /// Quantizes the network by a method of your choice.
    /// - Parameters:
    ///   - dataset: samples; the static method needs them, float16 finds with them what overflows, the others do not
    ///     look at them.
    ///   - progress: where to say how far it is; `nil` for nowhere.
    /// - Throws: `invalidArgument` when the static method is given no samples or the options make no sense, and what the
    ///   methods of ``Quantizer`` throw.
    public func quantized(
        method: QuantizationMethod, calibration dataset: (any Dataset)? = nil,
        options: QuantizationOptions = QuantizationOptions(), execution: ExecutionOptions = ExecutionOptions(),
        progress: ProgressMeter.Sink? = nil
    ) throws -> QuantizedModel {
        do {
            let quantizer = Quantizer(options: options, executor: try execution.executor())
            let float = try WidenHalfPrecision.widen(graph)
            switch method {
            case .static:
                guard let dataset else {
                    throw OctetError(
                        .invalidArgument, "static quantization needs calibration data",
                        remedy: "Give samples, or choose another method")
                }
                return try quantized(calibration: dataset, options: options, execution: execution, progress: progress)
            case .weights: return converted(try quantizer.quantizeWeights(float))
            case .dynamic: return converted(try quantizer.quantizeDynamically(float))
            case .float16:
                let skipped = SkippedSamples()
                let total = dataset.map { min(options.sampleLimit ?? $0.count, $0.count) } ?? 0
                let meter = ProgressMeter("Looking for overflow", total: total, sink: progress)
                var result = converted(
                    try quantizer.convertToHalfPrecision(
                        float, calibration: dataset.map { samples(of: $0, skipped: skipped) }
                    ) { _, _ in meter.advance() })
                meter.finish()
                result.skipped = skipped.descriptions
                result.samples = total - result.skipped.count
                return result
            }
        } catch let error as OctetError {
            throw error.at(file: path.isEmpty ? nil : path)
        }
    }

    private func converted(_ conversion: Quantizer.Conversion) -> QuantizedModel {
        QuantizedModel(model: Model(graph: conversion.graph), report: conversion.report, samples: 0, skipped: [])
    }

    /// Only shows samples to the observers, the share that the options' state asks for, and keeps what they saw.
    /// - Returns: how many samples the state holds then.
    /// - Throws: what ``Quantizer/observe(_:calibration:progress:)`` throws.
    public func observed(
        calibration dataset: any Dataset, options: QuantizationOptions,
        execution: ExecutionOptions = ExecutionOptions(), progress: ProgressMeter.Sink? = nil
    ) throws -> Int {
        do {
            return try Self.metering(progress) { step in
                try Quantizer(options: options, executor: execution.executor()).observe(
                    WidenHalfPrecision.widen(graph), calibration: samples(of: dataset, skipped: SkippedSamples()),
                    progress: step)
            }
        } catch let error as OctetError {
            throw error.at(file: path.isEmpty ? nil : path)
        }
    }

    private static func metering<Result>(
        _ progress: ProgressMeter.Sink?, _ body: (@escaping (Int, Int) -> Void) throws -> Result
    ) rethrows -> Result {
        var meter: ProgressMeter?
        defer { meter?.finish() }
        return try body { _, steps in
            let running = meter ?? ProgressMeter("Calibrating", total: steps, sink: progress)
            running.advance()
            meter = running
        }
    }

    private func samples(of dataset: any Dataset, skipped: SkippedSamples) -> CalibrationSamples {
        let names = graph.inputs.map { graph[$0].name }
        return CalibrationSamples(count: dataset.count) { index in
            do {
                let tensors = try dataset.tensors(at: index)
                return try names.map { name in
                    guard let tensor = tensors[name] else {
                        throw OctetError(.invalidData, "sample \(index) has no array for input '\(name)'")
                    }
                    return .tensor(tensor)
                }
            } catch let unreadable as UnreadableSample {
                skipped.add("\(unreadable.name): \(unreadable)")
                return nil
            }
        }
    }

    /// Fixes dimensions that the model leaves open.
    /// - Parameter shapes: shapes by input name.
    /// - Throws: `invalidArgument` for a name that is no input, or a shape that contradicts the model.
    public mutating func pinInputs(_ shapes: [String: [Int]]) throws {
        guard !shapes.isEmpty else { return }
        let types = try graph.concreteInputTypes(shapes: shapes)
        for (id, type) in zip(graph.inputs, types) where shapes[graph[id].name] != nil {
            graph[id].type = .tensor(type)
        }
    }
}

private final class SkippedSamples: @unchecked Sendable {
    private let lock = NSLock()
    private var names: [String] = []

    /// Calibration may read a sample more than once.
    func add(_ name: String) { lock.withLock { if !names.contains(name) { names.append(name) } } }

    var descriptions: [String] { lock.withLock { names } }
}
