/// Places buffers that do not live at the same time onto the same memory.
///
/// Largest first, each into the smallest gap between the buffers it overlaps in time (the greedy-by-size strategy of
/// Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020).
enum MemoryPlanner {
    struct Placement {
        /// Byte offset of each buffer.
        var offsets: [Int]
        var byteCount: Int
    }

    static func place(_ buffers: [PlanBuilder.Buffer], slack: Int) -> Placement {
        var offsets = Array(repeating: 0, count: buffers.count)
        var total = 0
        var placed: [Int] = []
        let bySize = buffers.indices.filter { buffers[$0].lastStep >= 0 }
            .sorted { (buffers[$0].byteCount, $1) > (buffers[$1].byteCount, $0) }
        for index in bySize {
            let size = (buffers[index].byteCount + slack + 63) & ~63
            let rivals = placed.filter {
                buffers[$0].firstStep <= buffers[index].lastStep && buffers[index].firstStep <= buffers[$0].lastStep
            }.sorted { offsets[$0] < offsets[$1] }
            var end = 0
            var best: (offset: Int, gap: Int)?
            for rival in rivals {
                let gap = offsets[rival] - end
                if gap >= size, gap < best?.gap ?? .max { best = (end, gap) }
                end = max(end, offsets[rival] + ((buffers[rival].byteCount + slack + 63) & ~63))
            }
            offsets[index] = best?.offset ?? end
            total = max(total, offsets[index] + size)
            placed.append(index)
        }
        return Placement(offsets: offsets, byteCount: total)
    }
}
