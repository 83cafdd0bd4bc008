public import TensorCore

/// The kernels of one instruction set. The C table's members are reached directly: `table.conv_u8_u8`.
@dynamicMemberLookup
public struct KernelTable: @unchecked Sendable {
    /// A constant of the C target; it lives as long as the process.
    public let pointer: UnsafePointer<octet_kernel_table>
    /// The instruction set of these kernels.
    public let instructionSet: InstructionSet

    /// The kernels of `instructionSet`.
    ///
    /// - Throws: `OctetError` of kind `invalidArgument` if this processor cannot run them.
    public init(_ instructionSet: InstructionSet) throws(OctetError) {
        guard let pointer = octet_kernels_for(instructionSet.code) else {
            throw OctetError(
                .invalidArgument, "this processor cannot run the \(instructionSet.rawValue) kernels",
                expected: InstructionSet.supported.map(\.rawValue).joined(separator: ", "))
        }
        self.pointer = pointer
        self.instructionSet = instructionSet
    }

    /// The kernels that `OCTET_ISA` asks for, or the fastest ones.
    public static func selected() throws(OctetError) -> KernelTable {
        try KernelTable(InstructionSet.selected())
    }

    /// A member of the C table.
    public subscript<Member>(dynamicMember member: KeyPath<octet_kernel_table, Member>) -> Member {
        pointer.pointee[keyPath: member]
    }

    /// The kernels that do most of the work, and how each goes about it on this instruction set.
    public var descriptions: [(kernel: String, description: String)] {
        let dot =
            switch instructionSet {
            case .scalar: "plain C"
            case .avx2: "bytes widened to 16 bits, vpmaddwd, 256-bit registers"
            case .avxvnni: "vpdpbusd, 256-bit registers"
            case .avx512vnni, .avx512bf16: "vpdpbusd, 512-bit registers"
            }
        let fused = instructionSet == .scalar ? "plain C (fmaf)" : "fused multiply-add"
        let pairs = instructionSet == .avx512bf16 ? "vdpbf16ps" : "widened to float, \(fused)"
        return [
            ("convolution int8", "\(dot), panels of up to \(self.max_panel_width_u8) channels"),
            ("depthwise int8", "\(dot), blocks of \(self.depthwise_block_u8) channels"),
            ("convolution float", "\(fused), panels of up to \(self.max_panel_width_f32) channels"),
            ("convolution bf16", "\(pairs), panels of up to \(self.max_panel_width_f32) channels"),
            ("depthwise float", "\(fused), blocks of \(self.depthwise_block_f32) channels"),
        ]
    }

    /// Whether the C code was compiled with optimisation; timings of a build where it was not mean nothing.
    public static var isOptimized: Bool { octet_is_optimized() }

    /// Multiply-accumulates per second that one thread can reach.
    public struct Peak: Sendable {
        public let int8: Double
        public let float: Double
        public let bf16: Double

        /// The limit of a kernel, by its name.
        public func limit(of kernel: String) -> Double {
            kernel.contains("u8") ? int8 : kernel.contains("bf16") ? bf16 : float
        }
    }

    /// Measures for about `seconds` each.
    public func measuredPeak(seconds: Double) -> Peak {
        let code = instructionSet.code
        return Peak(
            int8: octet_peak_int8(code, seconds), float: octet_peak_float(code, seconds),
            bf16: octet_peak_bf16(code, seconds))
    }

    /// Multiply-accumulates on bf16 in the time of one on float32, as a power of two, so that it is the same in every
    /// process. Processors with the instruction differ fourfold.
    public var relativeBFloat16Rate: Double { instructionSet == .avx512bf16 ? Self.instructionRate : 0.5 }

    private static let instructionRate: Double = {
        let code = InstructionSet.avx512bf16.code
        let rate = octet_peak_bf16(code, 0.002) / octet_peak_float(code, 0.002)
        return rate * rate > 2 ? 2 : rate * rate > 0.5 ? 1 : 0.5
    }()
}
