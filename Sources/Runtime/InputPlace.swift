internal import Kernels
internal import TensorCore

/// Where a session's steps find an input: in the caller's own memory if they only read it and it is like a plan's,
/// aligned and with spare bytes behind it; else in a copy in the arena.
struct InputPlace {
    private let view: View
    private let arenaAddress: UnsafeMutableRawPointer?
    /// The address fields of the steps that read it; `nil` when it has to be in the arena.
    private let fields: [(address: UnsafeMutableRawPointer, byteOffset: Int)]?
    /// What the fields point into.
    private var current: UnsafeMutableRawPointer?

    /// - Parameters:
    ///   - arenaAddress: the input's place in the arena, which the steps are bound to.
    ///   - blocks: the argument block of each step of the plan.
    init(
        _ view: View, at arenaAddress: UnsafeMutableRawPointer?, of plan: Plan, blocks: [UnsafeMutableRawPointer?]
    ) {
        self.view = view
        self.arenaAddress = arenaAddress
        current = arenaAddress
        fields = Self.isOnlyRead(view, in: plan) ? Self.fields(view.base, plan, blocks) : nil
    }

    private static func isOnlyRead(_ view: View, in plan: Plan) -> Bool {
        guard view.byteOffset == 0, !plan.outputs.contains(where: { $0.base == view.base }) else { return false }
        return plan.steps.allSatisfy { step in
            step.bindings.last?.base != view.base && !step.visits.contains { $0.base == view.base }
                && !(step.evaluation.map { $0.inputs + $0.outputs } ?? []).contains { $0?.base == view.base }
        }
    }

    private static func fields(
        _ base: View.Base, _ plan: Plan, _ blocks: [UnsafeMutableRawPointer?]
    ) -> [(address: UnsafeMutableRawPointer, byteOffset: Int)] {
        zip(plan.steps, blocks).flatMap { step, block in
            step.bindings.compactMap { binding in
                guard binding.base == base, let block else { return nil }
                return (block + binding.fieldOffset, binding.byteOffset)
            }
        }
    }

    /// Makes a tensor what the steps read. It must stay alive while they run.
    mutating func bring(_ tensor: Tensor) {
        guard let arenaAddress, let base = tensor.storage.bytes.baseAddress else { return }
        let start = base + tensor.byteOffset
        if fields != nil, tensor.storage.hasSpareBytes, Int(bitPattern: start) % 64 == 0 {
            point(to: start)
        } else {
            point(to: arenaAddress)
            tensor.withBytes { source in
                guard let start = source.baseAddress else { return }
                arenaAddress.copyMemory(from: start, byteCount: source.count)
            }
        }
    }

    private mutating func point(to start: UnsafeMutableRawPointer) {
        guard start != current, let fields else { return }
        for (address, byteOffset) in fields {
            address.storeBytes(of: start + byteOffset, as: UnsafeMutableRawPointer?.self)
        }
        current = start
    }
}
