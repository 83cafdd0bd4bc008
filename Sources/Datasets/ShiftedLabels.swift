internal import TensorCore

/// Data with labels of its own, shifted.
struct ShiftedLabels: Dataset {
    private let base: any Dataset
    private let offset: Int

    init(_ base: any Dataset, offset: Int) {
        self.base = base
        self.offset = offset
    }

    var count: Int { base.count }

    func name(at index: Int) -> String { base.name(at: index) }

    func label(at index: Int) -> Int? { base.label(at: index).map { $0 &+ offset } }

    func tensors(at index: Int) throws -> [String: Tensor] { try base.tensors(at: index) }
}
