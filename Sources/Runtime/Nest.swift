internal import Kernels

/// A loop nest over views that share a shape, in the physical order of the view that is written.
struct Nest {
    let nest: octet_nest
    /// The strides of each view, the written one last.
    let strides: [NestTuple]
    let tasks: Int

    /// - Parameters:
    ///   - views: views of the same shape (0 strides where one is broadcast); the last one is written
    ///     and ``View/hasRuns``.
    ///   - cost: roughly the nanoseconds per 1000 elements.
    init(_ views: [View], cost: Int, threads: Int) {
        let target = views[views.count - 1]
        precondition(target.hasRuns, "kernels write consecutive elements")
        let axes = target.shape.indices.filter { target.shape[$0] != 1 }
            .sorted { (target.strides[$0], $1) > (target.strides[$1], $0) }
        var nest = octet_nest(axes.map { target.shape[$0] })
        var strides = views.map { view in nestTuple(axes.map { view.strides[$0] }, padding: 0) }
        tasks = nest.schedule(operands: &strides, cost: cost, threads: threads)
        self.nest = nest
        self.strides = strides
    }
}

extension View {
    /// The view seen as a (larger) shape by repeating axes of extent 1, numpy's rule; `nil` when it does not fit.
    func broadcast(to target: [Int]) -> View? {
        guard rank <= target.count else { return nil }
        let lead = target.count - rank
        var view = self
        view.shape = target
        view.strides = Array(repeating: 0, count: lead) + strides
        for (axis, extent) in shape.enumerated() {
            if extent == 1 {
                view.strides[lead + axis] = 0
            } else if extent != target[lead + axis] {
                return nil
            }
        }
        return view
    }

    /// The same memory seen with another shape, `nil` where strides cannot express it.
    func reshaped(_ target: [Int]) -> View? {
        let source = zip(shape, strides).filter { $0.0 != 1 }
        var result: [Int] = []
        var from = 0
        var axis = 0
        while axis < target.count {
            if target[axis] == 1 {
                result.append(0)
                axis += 1
                continue
            }
            guard from < source.count else { return nil }
            var product = target[axis]
            var taken = source[from].0
            var last = from
            var end = axis
            while product != taken {
                if product < taken {
                    end += 1
                    guard end < target.count else { return nil }
                    product *= target[end]
                } else {
                    last += 1
                    guard last < source.count, source[last - 1].1 == source[last].0 * source[last].1 else {
                        return nil
                    }
                    taken *= source[last].0
                }
            }
            var stride = source[last].1
            var group: [Int] = []
            for extent in target[axis...end].reversed() {
                group.append(stride)
                stride *= extent
            }
            result += group.reversed()
            axis = end + 1
            from = last + 1
        }
        var view = self
        view.shape = target
        view.strides = result
        view.halo = .none
        return view
    }
}
