internal import TensorCore

/// A nest of loops over one index space in which several operands lie with strides of their own.
///
/// Broadcasting, transposing, slicing and reducing are all this nest with different strides (0 repeats an element,
/// negative runs backwards). Axes that are contiguous in every operand are merged.
struct LoopNest {
    private(set) var extents: [Int]
    /// One list of strides, in elements, for each operand.
    private(set) var strides: [[Int]]

    init(_ extents: [Int], strides: [[Int]]) {
        self.extents = []
        self.strides = Array(repeating: [], count: strides.count)
        for axis in extents.indices where extents[axis] != 1 {
            let last = self.extents.count - 1
            let merges =
                last >= 0 && extents[axis] != 0 && self.extents[last] != 0
                && strides.indices.allSatisfy { self.strides[$0][last] == strides[$0][axis] * extents[axis] }
            if merges {
                self.extents[last] *= extents[axis]
                for operand in strides.indices { self.strides[operand][last] = strides[operand][axis] }
            } else {
                self.extents.append(extents[axis])
                for operand in strides.indices { self.strides[operand].append(strides[operand][axis]) }
            }
        }
        if self.extents.isEmpty {
            self.extents = [1]
            for operand in strides.indices { self.strides[operand] = [0] }
        }
    }

    /// Calls `body` for every run of the innermost loop, in row-major order, with each operand's first offset and step.
    /// - Parameter origins: the offset of index 0 in each operand; 0 if left out.
    func forEachRun(
        from origins: [Int]? = nil, _ body: (_ starts: [Int], _ steps: [Int], _ length: Int) throws -> Void
    ) rethrows {
        guard !extents.contains(0) else { return }
        let inner = extents.count - 1
        let steps = strides.map { $0[inner] }
        var starts = origins ?? Array(repeating: 0, count: strides.count)
        var index = Array(repeating: 0, count: inner)
        while true {
            try body(starts, steps, extents[inner])
            var axis = inner - 1
            while axis >= 0 {
                index[axis] += 1
                for operand in starts.indices { starts[operand] += strides[operand][axis] }
                if index[axis] < extents[axis] { break }
                for operand in starts.indices { starts[operand] -= strides[operand][axis] * extents[axis] }
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    /// The strides with which a tensor of `shape` is read as if it had the shape `target`: 0 along axes of extent 1.
    static func broadcastStrides(_ shape: [Int], to target: [Int]) -> [Int] {
        let own = Tensor.rowMajorStrides(shape)
        let missing = target.count - shape.count
        return target.indices.map { axis in
            axis < missing || shape[axis - missing] == 1 ? 0 : own[axis - missing]
        }
    }
}
