@_exported public import CKernels
import Foundation
public import TensorCore

/// The instruction sets that have kernels of their own, slowest first. All of them give the same bits.
public enum InstructionSet: String, Sendable, CaseIterable {
    case scalar
    case avx2
    case avxvnni
    case avx512vnni
    case avx512bf16

    var code: octet_isa {
        switch self {
        case .scalar: OCTET_ISA_SCALAR
        case .avx2: OCTET_ISA_AVX2
        case .avxvnni: OCTET_ISA_AVXVNNI
        case .avx512vnni: OCTET_ISA_AVX512VNNI
        case .avx512bf16: OCTET_ISA_AVX512BF16
        }
    }

    /// Whether this processor can run it.
    public var isSupported: Bool { octet_isa_supported(code) }

    /// The sets that this processor can run, slowest first.
    public static var supported: [InstructionSet] { allCases.filter(\.isSupported) }

    /// The fastest set that this processor can run.
    public static var best: InstructionSet { supported.last ?? .scalar }

    /// The set that `OCTET_ISA` in `environment` asks for, or the best one if it is not set.
    ///
    /// - Throws: `OctetError` of kind `invalidArgument` if the variable names an unknown set or one that this processor
    ///   cannot run.
    public static func selected(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(OctetError) -> InstructionSet {
        guard let name = environment["OCTET_ISA"], !name.isEmpty else { return best }
        guard let set = InstructionSet(rawValue: name.lowercased()) else {
            throw OctetError(
                .invalidArgument, "OCTET_ISA names an unknown instruction set",
                expected: allCases.map(\.rawValue).joined(separator: ", "), found: name)
        }
        guard set.isSupported else {
            throw OctetError(
                .invalidArgument, "OCTET_ISA asks for an instruction set that this processor does not have",
                expected: supported.map(\.rawValue).joined(separator: ", "), found: name,
                remedy: "Unset OCTET_ISA to use \(best.rawValue)")
        }
        return set
    }
}
