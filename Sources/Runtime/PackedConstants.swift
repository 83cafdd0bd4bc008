internal import Kernels
internal import Synchronization
internal import TensorCore

/// Packed weights and other memory that is made of a network's constants alone. Plans of one executor that need the same
/// share it, so that a plan for other input shapes costs its activations only; it is freed with the last of them.
final class PackedConstants: Sendable {
    /// What the memory holds: the constants it was made of, and how.
    struct Key: Hashable {
        private struct Source: Hashable {
            var storage: ObjectIdentifier
            var byteOffset: Int
            var elementType: ElementType
            var quantization: QuantizationParameters?

            /// The place tells nearly all apart; parameters can be thousands of numbers.
            func hash(into hasher: inout Hasher) {
                hasher.combine(storage)
                hasher.combine(byteOffset)
            }
        }

        private let sources: [Source]
        private let derivations: [String]
        private let form: PackedForm

        init(_ origins: [ConstantOrigin], _ form: PackedForm) {
            sources = origins.flatMap(\.tensors).map { tensor in
                Source(
                    storage: ObjectIdentifier(tensor.storage), byteOffset: tensor.byteOffset,
                    elementType: tensor.elementType, quantization: tensor.quantization)
            }
            derivations = origins.map(\.derivation)
            self.form = form
        }
    }

    /// Neither the memory nor the constants it was made of are kept alive. A storage that is alive holds what it held
    /// when it became part of a graph.
    private struct Entry {
        weak var memory: AlignedMemory?
        var storages: [Weak]
    }

    private struct Weak {
        weak var storage: TensorStorage?
    }

    private let entries = Mutex<[Key: Entry]>([:])

    /// Memory that was packed before and is still in use.
    func memory(_ key: Key, of origins: [ConstantOrigin]) -> AlignedMemory? {
        let storages = origins.flatMap(\.tensors).map(\.storage)
        return entries.withLock { entries in
            guard let entry = entries[key], zip(entry.storages, storages).allSatisfy({ $0.storage === $1 }) else {
                return nil
            }
            return entry.memory
        }
    }

    /// Lets other plans find memory whose contents are complete.
    func add(_ memory: AlignedMemory, _ key: Key, of origins: [ConstantOrigin]) {
        let storages = origins.flatMap(\.tensors).map { Weak(storage: $0.storage) }
        entries.withLock { $0[key] = Entry(memory: memory, storages: storages) }
    }

    /// Forgets what no plan uses any more.
    func prune() {
        entries.withLock { $0 = $0.filter { $0.value.memory != nil } }
    }

    var byteCount: Int {
        entries.withLock { $0.values.reduce(0) { $0 + ($1.memory?.bytes.count ?? 0) } }
    }
}

/// Where the contents of a constant come from: tensors of the graph, and what was computed of them when the plan was
/// made.
struct ConstantOrigin {
    var tensors: [Tensor]
    var derivation = ""
}

/// How memory was made of constants.
struct PackedForm: Hashable {
    var name: String
    var numbers: [Int]
    /// Scales that were packed with the weights.
    var factors: [Float] = []

    /// Without the factors, which can be thousands.
    func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(numbers)
    }
}

extension PackedForm {
    /// Weights in panels, with bias and scales.
    init(_ name: String, _ packing: octet_conv_packing, scale: [Float], _ kernels: KernelTable) {
        let extents = [
            packing.groups, packing.channels, packing.taps, packing.run_outer, packing.run_inner, packing.group_stride,
            packing.channel_stride, packing.tap_stride, packing.run_outer_stride, packing.run_inner_stride,
        ]
        self.init(
            name: name,
            numbers: extents.map(Int.init) + [
                Int(packing.kind.rawValue), Int(packing.panel_width), Int(packing.input_zero_point),
                Int(bitPattern: kernels.pointer),
            ], factors: scale)
    }
}
