import ArgumentParser
import Octet

/// What kind of quantization, and the samples it looks at.
struct MethodFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What becomes of weights and activations (default: static when --calibration is given). "
                + QuantizationMethod.allCases.map { "\($0.rawValue): \($0.summary)." }.joined(separator: " ")))
    var method: MethodFlag?

    @Option(
        help: ArgumentHelp(
            "A folder of JPEG/PNG images, a .npy, a .npz, a folder of these, a CIFAR-10 binary file, or a folder of "
                + "ONNX test data. With --method float16 it finds what overflows.", valueName: "PATH"))
    var calibration: String?

    /// What is meant by the two together.
    var resolved: QuantizationMethod { method?.method ?? .static }

    /// - Throws: when there is nothing to choose the method by, or the static one has no data.
    func check() throws {
        guard calibration == nil else { return }
        guard let method else {
            throw ValidationError(
                "Give --calibration DATA for static quantization, or choose --method dynamic, weights or float16, which "
                    + "need no data.")
        }
        guard method.method != .static else { throw ValidationError("--method static needs --calibration DATA.") }
    }
}

struct MethodFlag: ExpressibleByArgument {
    let method: QuantizationMethod

    init?(argument: String) {
        guard let method = QuantizationMethod(rawValue: argument) else { return nil }
        self.method = method
    }

    static var allValueStrings: [String] { QuantizationMethod.allCases.map(\.rawValue) }
}
