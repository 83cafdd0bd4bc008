internal import Foundation
internal import ModelGraph
internal import TensorCore

/// Files with what calibration has seen so far, so that it can be interrupted and go on, or be divided among machines.
///
/// A file belongs to one model, one set of options and one set of samples; anything else is refused. As observers do not
/// depend on the order of samples, a calibration that was interrupted, or whose parts were observed apart, ends in the
/// same bytes as one run. An object of this class serves one quantization at a time.
public final class CalibrationState: @unchecked Sendable {
    /// The `number`-th of `count` equal shares of the samples.
    public struct Part: Sendable, Hashable {
        public let number: Int
        public let count: Int

        /// - Throws: `invalidArgument` unless `number` is from 1 to `count`.
        public init(_ number: Int, of count: Int) throws {
            guard count >= 1, number >= 1, number <= count else {
                throw OctetError(
                    .invalidArgument, "there is no such part of the samples", expected: "K/N with K from 1 to N",
                    found: "\(number)/\(count)")
            }
            self.number = number
            self.count = count
        }
    }

    /// Only this share is observed; `nil` for all samples.
    public let part: Part?
    private let paths: [String]
    private let model: String
    private var file = CalibrationFile()
    private var lastSaved = ContinuousClock.now

    /// - Parameters:
    ///   - paths: files to go on from; one that does not exist is made. What is seen from now on goes, together with
    ///     what the others hold, to the first.
    ///   - modelPath: the model's file, whose contents the state belongs to; `nil` for a network that has none.
    ///   - part: observe this share only; `nil` for all that no file holds.
    /// - Throws: `invalidArgument` when no path is given, `inputOutput` when the model's file cannot be read.
    public init(paths: [String], modelPath: String? = nil, part: Part? = nil) throws {
        guard !paths.isEmpty else { throw OctetError(.invalidArgument, "a calibration state needs a file") }
        self.paths = paths
        self.part = part
        model =
            try modelPath.map { try MappedFile(path: $0).withBytes(CalibrationFile.hash) } ?? CalibrationFile.hash("")
    }

    /// Gives the calibrator what the files hold, then the samples that are missing.
    /// - Parameters:
    ///   - options: everything beside graph and samples that decides what is seen.
    ///   - progress: called with how many samples more are done.
    func observe<Method: RangeMethod>(
        with calibrator: inout Calibrator<Method>, _ samples: CalibrationSamples, indices: [Int], options: String,
        executor: any Executor, progress: (Int) -> Void
    ) throws {
        file.model = model
        file.options = CalibrationFile.hash("\(options), \(Method.name)")
        file.samples = CalibrationFile.hash("\(indices) of \(samples.count)")
        let key = calibrator.graphHash
        var seen: Set<Int> = []
        for path in paths where FileManager.default.fileExists(atPath: path) {
            do {
                for (other, stored) in try CalibrationFile(path: path, fitting: file).calibrations {
                    guard other == key else {
                        file.calibrations[other] = file.calibrations[other] ?? stored
                        continue
                    }
                    try restore(stored, into: &calibrator, &seen, allowed: Set(indices))
                }
            } catch let error as OctetError {
                throw error.at(file: path)
            }
        }
        progress(seen.count)
        let missing = share(of: indices).filter { !seen.contains($0) }
        if !missing.isEmpty {
            try calibrator.observe(samples, indices: missing, executor: executor) { done, calibrator in
                seen.insert(missing[done - 1])
                progress(1)
                guard lastSaved.duration(to: .now) > .seconds(5) else { return }
                try save(key, calibrator, seen)
            }
        }
        try save(key, calibrator, seen)
    }

    /// The samples to observe: those of the part.
    func share(of indices: [Int]) -> [Int] {
        guard let part else { return indices }
        return indices.enumerated().filter { $0.offset % part.count == part.number - 1 }.map(\.element)
    }

    /// What another file holds already is not taken twice.
    private func restore<Method: RangeMethod>(
        _ stored: CalibrationFile.Calibration, into calibrator: inout Calibrator<Method>, _ seen: inout Set<Int>,
        allowed: Set<Int>
    ) throws {
        let own = Set(stored.samples)
        guard own.isSubset(of: allowed), own.count == stored.samples.count else {
            throw OctetError(.invalidData, "the calibration state holds samples that there are not")
        }
        if own.isSubset(of: seen) { return }
        guard own.isDisjoint(with: seen) else {
            throw OctetError(
                .invalidArgument, "the calibration states share some of their samples and differ in others",
                remedy: "Give states whose parts do not overlap")
        }
        try calibrator.restore(stored)
        seen.formUnion(own)
    }

    private func save(_ key: String, _ calibrator: Calibrator<some RangeMethod>, _ seen: Set<Int>) throws {
        file.calibrations[key] = try calibrator.stored(samples: seen)
        try file.write(to: paths[0])
        lastSaved = .now
    }
}
