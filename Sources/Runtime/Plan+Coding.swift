public import Kernels
public import TensorCore

/// Plans in files: the steps with their argument blocks, and the packed weights in the form in which kernels read them,
/// so that a mapped file is ready to run. Weights that kernels read where the model's file has them are named by their
/// place there.
///
/// Such a file is for the very program and CPU that wrote it: kernels are named by their place in the kernel table, and
/// argument blocks have the layout this program was compiled with. Who stores it makes that a part of its name.
extension Plan {
    /// Writes the plan.
    /// - Parameter model: the file of the network, in the mapping that the plan was compiled from.
    /// - Returns: false when it cannot be stored, because it holds plain evaluations or shows values in between.
    /// - Throws: `inputOutput` when the file cannot be written; then nothing is left of it.
    public func write(
        to path: String, key: ContentHash.Key, kernels: KernelTable, model: MappedFile
    ) throws -> Bool {
        let places = kernels.places
        var writer = ByteWriter()
        for step in steps {
            guard step.evaluation == nil, step.visits.isEmpty, let kernel = step.kernel,
                places[unsafeBitCast(kernel, to: UInt.self)] != nil
            else { return false }
        }
        writer.append(arenaByteCount)
        writer.append(bufferOffsets) { $1.append($0) }
        let lent = constants.map { model.range(of: UnsafeRawBufferPointer($0.bytes)) }
        writer.append(Array(zip(constants, lent))) { constant, writer in
            writer.append(constant.0.bytes.count)
            writer.append(constant.1) { $1.append($0.lowerBound) }
        }
        writer.append(inputs) { $1.append($0) }
        writer.append(outputs) { $1.append($0) }
        writer.append(steps) { step, writer in
            writer.append(step.kernel.flatMap { places[unsafeBitCast($0, to: UInt.self)] } ?? -1)
            writer.append(block: step.block)
            writer.append(step.bindings) { $1.append($0) }
            writer.append(step.taskCount)
            writer.append(step.isBesideNext ? 1 : 0)
            writer.append(step.description)
        }
        writer.pad(to: 64)
        let slack = [UInt8](repeating: 0, count: Int(OCTET_SLACK))
        try writer.bytes.withUnsafeBytes { steps in
            try slack.withUnsafeBytes { slack in
                let own = zip(constants, lent).filter { $1 == nil }
                let parts = own.flatMap { [UnsafeRawBufferPointer($0.0.bytes), slack] }
                try SealedFile.write([steps] + parts, to: path, key: key)
            }
        }
        return true
    }

    /// Maps a plan that ``write(to:key:kernels:model:)`` stored. Its weights stay in the file and the model's, whose
    /// memory all processes that map them share.
    /// - Parameters:
    ///   - model: the file of the network, with the contents that it was written for.
    ///   - workers: check the file.
    /// - Returns: `nil` when there is none or it is not what was written.
    public static func open(
        _ path: String, key: ContentHash.Key, kernels: KernelTable, model: MappedFile,
        on workers: ContentHash.Workers
    ) -> Plan? {
        SealedFile.open(path, key: key, on: workers) { contents, file in
            try? decode(contents, of: file, kernels: kernels, model: model)
        }
    }

    private static func decode(
        _ contents: UnsafeRawBufferPointer, of file: MappedFile, kernels: KernelTable, model: MappedFile
    ) throws -> Plan {
        var reader = ByteReader(contents)
        let arenaByteCount = try reader.int()
        let bufferOffsets = try reader.array { try $0.int() }
        let places = try reader.array { (size: try $0.int(), offset: try $0.optional { try $0.int() }) }
        let inputs = try reader.array { try $0.view() }
        let outputs = try reader.array { try $0.view() }
        let words = kernels.words
        let steps = try reader.array { reader in
            let place = try reader.int()
            // Small words are widths and codes, and the first page of memory holds no function.
            guard words.indices.contains(place), words[place] >= 4096 else {
                throw OctetError(.invalidData, "a step has no kernel")
            }
            return PlanStep(
                kernel: unsafeBitCast(words[place], to: octet_kernel.self), block: try reader.block(),
                bindings: try reader.array { try $0.binding() },
                taskCount: try reader.int(), isBesideNext: try reader.int() != 0,
                description: try reader.stepDescription())
        }
        try reader.align(to: 64)
        let constants = try places.map { size, offset in
            if let offset {
                return AlignedMemory(borrowing: try lent(size, at: offset, by: model), owner: model)
            }
            let memory = AlignedMemory(borrowing: try reader.bytes(size), owner: file)
            try reader.align(to: 64)
            _ = try reader.bytes(Int(OCTET_SLACK))
            return memory
        }
        let plan = Plan(
            steps: steps, constants: constants, bufferOffsets: bufferOffsets, arenaByteCount: arenaByteCount,
            inputs: inputs, outputs: outputs, instructionSet: kernels.instructionSet)
        try plan.checkAddresses()
        return plan
    }

    private static func lent(_ size: Int, at offset: Int, by model: MappedFile) throws -> UnsafeRawBufferPointer {
        try model.withBytes { bytes in
            guard offset >= 0, size >= 0, offset <= bytes.count, size <= bytes.count - offset else { throw misplaced }
            return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + size])
        }
    }

    /// Every address that a session will make lies within the arena or a constant, and within its block.
    private func checkAddresses() throws {
        func check(_ base: View.Base, _ byteOffset: Int, byteCount: Int = 0) throws {
            let limit: Int
            switch base {
            case .buffer(let index):
                guard bufferOffsets.indices.contains(index), bufferOffsets[index] >= 0 else { throw Self.misplaced }
                limit = arenaByteCount - bufferOffsets[index]
            case .constant(let index):
                guard constants.indices.contains(index) else { throw Self.misplaced }
                limit = constants[index].bytes.count
            }
            guard byteOffset >= 0, byteCount >= 0, byteOffset <= limit, byteCount <= limit - byteOffset else {
                throw Self.misplaced
            }
        }
        for step in steps {
            guard step.taskCount >= 0 else { throw Self.misplaced }
            for binding in step.bindings {
                guard binding.fieldOffset >= 0, binding.fieldOffset <= step.block.count - MemoryLayout<UInt>.size else {
                    throw Self.misplaced
                }
                try check(binding.base, binding.byteOffset)
            }
        }
        for view in inputs + outputs {
            let size = Tensor.elementCount(of: view.shape).flatMap { view.elementType.byteCount(of: $0) }
            try check(view.base, view.byteOffset, byteCount: size ?? -1)
        }
    }

    private static var misplaced: OctetError { OctetError(.invalidData, "an address lies outside the plan's memory") }
}

extension KernelTable {
    /// The words of the C table that hold kernels: where each kernel stands.
    fileprivate var places: [UInt: Int] {
        Dictionary(words.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    fileprivate var words: [UInt] {
        withUnsafeBytes(of: pointer.pointee) { bytes in
            stride(from: 0, through: bytes.count - MemoryLayout<UInt>.size, by: MemoryLayout<UInt>.size).map {
                bytes.load(fromByteOffset: $0, as: UInt.self)
            }
        }
    }
}

extension ByteWriter {
    fileprivate mutating func append(_ base: View.Base) {
        switch base {
        case .buffer(let index): append(2 * index)
        case .constant(let index): append(2 * index + 1)
        }
    }

    fileprivate mutating func append(_ binding: PlanStep.Binding) {
        append(binding.fieldOffset)
        append(binding.base)
        append(binding.byteOffset)
    }

    fileprivate mutating func append(_ view: View) {
        append(view.base)
        append(view.offset)
        append(view.shape) { $1.append($0) }
        append(view.strides) { $1.append($0) }
        append(view.elementType.rawValue)
        append(view.quantization) { $1.append($0) }
    }

    fileprivate mutating func append(_ description: StepDescription) {
        append(description.node)
        append(description.operatorName)
        append(description.kernel)
        append(description.elementType)
        append(description.multiplyAccumulates)
        append(description.note)
    }
}

extension ByteReader {
    fileprivate mutating func base() throws -> View.Base {
        let code = try int()
        return code & 1 == 0 ? .buffer(code >> 1) : .constant(code >> 1)
    }

    fileprivate mutating func binding() throws -> PlanStep.Binding {
        PlanStep.Binding(fieldOffset: try int(), base: try base(), byteOffset: try int())
    }

    /// A view as it stands at the plan's borders: without a halo, and with its own bits.
    fileprivate mutating func view() throws -> View {
        View(
            base: try base(), offset: try int(), shape: try array { try $0.int() },
            strides: try array { try $0.int() }, elementType: try elementType(),
            quantization: try optional { try $0.quantizationParameters() })
    }

    fileprivate mutating func stepDescription() throws -> StepDescription {
        StepDescription(
            node: try string(), operatorName: try string(), kernel: try string(), elementType: try string(),
            multiplyAccumulates: try int(), note: try string())
    }
}
