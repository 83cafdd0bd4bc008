internal import Foundation
public import Kernels
public import Runtime
internal import TensorCore

/// What a run may use of the machine.
public struct ExecutionOptions: Sendable {
    /// Threads that share the work of one inference; `nil` takes `OCTET_THREADS` or the number of cores.
    public var threads: Int?
    /// `nil` takes `OCTET_ISA` or the fastest that the CPU has.
    public var instructionSet: InstructionSet?
    /// Bytes that a model may ask for; `nil` is half of the machine's memory.
    public var memoryLimit: Int?

    public init(threads: Int? = nil, instructionSet: InstructionSet? = nil, memoryLimit: Int? = nil) {
        self.threads = threads
        self.instructionSet = instructionSet
        self.memoryLimit = memoryLimit
    }

    /// - Throws: `invalidArgument` when the instruction set that was asked for is not there.
    public func executor() throws -> CompiledExecutor {
        let kernels = try instructionSet.map { try KernelTable($0) } ?? KernelTable.selected()
        let pool = try ThreadPool(threads: threads ?? ThreadPool.defaultThreads())
        let limit = memoryLimit ?? Int(clamping: ProcessInfo.processInfo.physicalMemory / 2)
        return CompiledExecutor(kernels: kernels, pool: pool, memoryLimit: limit)
    }
}
