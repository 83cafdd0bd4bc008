@_exported public import CKernels
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

    /// The set of this name, or the best one if there is none.
    ///
    /// - Parameter name: by default what `OCTET_ISA` says.
    /// - Throws: `OctetError` of kind `invalidArgument` if the name is that of an unknown set or of one that this
    ///   processor cannot run.
    public static func selected(
        _ name: String? = EnvironmentVariable.value(of: "OCTET_ISA")
    ) throws(OctetError) -> InstructionSet {
        guard let name, !name.isEmpty else { return best }
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
