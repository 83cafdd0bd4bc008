import CKernels
import Kernels
import Testing

@Suite struct KernelBenchmarkTests {
    /// Every layer runs on every instruction set and is named after the kernel that a plan would use.
    @Test(arguments: InstructionSet.supported.filter { $0 != .scalar }, KernelBenchmark.layers.filter(\.isSmall))
    func runs(_ instructionSet: InstructionSet, _ layer: KernelBenchmark.Layer) throws {
        let result = KernelBenchmark.measure(layer, with: try KernelTable(instructionSet), seconds: 0)
        #expect(result.microseconds > 0)
        let isDepthwise = !layer.description.contains("->")
        let isVector = layer.description.hasPrefix("1x1 ") && !result.kernel.contains("bf16")
        #expect(result.kernel.hasPrefix(isDepthwise ? "depthwise" : isVector ? "gemv" : "conv"))
    }
}

extension KernelBenchmark.Layer {
    fileprivate var isSmall: Bool { multiplyAccumulates < 20_000_000 }
}
