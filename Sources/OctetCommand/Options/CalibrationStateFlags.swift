import ArgumentParser
import Octet

/// Where calibration keeps what it has seen.
struct CalibrationStateFlags: ParsableArguments {
    @Option(
        name: .customLong("calibration-state"),
        help: ArgumentHelp(
            "Keeps in this file what calibration has seen, every few seconds, and goes on from there when it was "
                + "interrupted. Repeated, the files' contents are put together in the first.", valueName: "FILE"))
    var paths: [String] = []

    @Option(
        name: .customLong("calibration-part"),
        help: ArgumentHelp(
            "Only observes the K-th of N shares of the samples into --calibration-state and writes no model. All "
                + "shares' states together then give the same file as one run.", valueName: "K/N"))
    var part: CalibrationPart?

    func validate() throws {
        if part != nil, paths.isEmpty { throw ValidationError("--calibration-part needs --calibration-state.") }
    }

    /// - Returns: `nil` when no file was named.
    func open(for model: String) throws -> CalibrationState? {
        paths.isEmpty ? nil : try CalibrationState(paths: paths, modelPath: model, part: part?.part)
    }
}

/// A share of the samples, written `K/N`.
struct CalibrationPart: ExpressibleByArgument {
    let part: CalibrationState.Part

    init?(argument: String) {
        let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let number = numbers[0], let count = numbers[1],
            let part = try? CalibrationState.Part(number, of: count)
        else { return nil }
        self.part = part
    }
}
