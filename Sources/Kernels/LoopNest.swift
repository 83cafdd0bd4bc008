/// Six dimensions or strides in the form in which C arrays are imported.
public typealias NestTuple = (Int64, Int64, Int64, Int64, Int64, Int64)

/// `values` as the last of six, with `padding` before them. At most six values.
public func nestTuple(_ values: [Int], padding: Int) -> NestTuple {
    precondition(values.count <= Int(OCTET_RANK), "a loop nest has at most \(OCTET_RANK) dimensions")
    let v = [Int](repeating: padding, count: Int(OCTET_RANK) - values.count) + values
    return (Int64(v[0]), Int64(v[1]), Int64(v[2]), Int64(v[3]), Int64(v[4]), Int64(v[5]))
}

extension octet_nest {
    /// A nest over `dimensions` (at most six), not yet divided into tasks.
    public init(_ dimensions: [Int]) {
        self.init(dims: nestTuple(dimensions, padding: 1), run_per_block: 0, blocks_per_task: 0)
    }

    /// Merges dimensions that are contiguous in every one of `operands`, in place, and divides the nest into tasks.
    ///
    /// - Parameter cost: rough nanoseconds per 1000 elements.
    /// - Returns: the number of tasks.
    public mutating func schedule(operands: inout [NestTuple], cost: Int, threads: Int) -> Int {
        let rank = Int(OCTET_RANK)
        operands.withUnsafeMutableBytes { raw in
            let strides = raw.bindMemory(to: Int64.self)
            let rows: [UnsafeMutablePointer<Int64>?] = (0..<strides.count / rank).map { row in
                strides.baseAddress.map { $0 + row * rank }
            }
            octet_nest_merge(&self, rows, Int32(rows.count))
        }
        return octet_nest_schedule(&self, Int32(clamping: cost), Int32(clamping: threads))
    }
}

extension octet_source {
    /// A tensor to read; `strides` in elements belong to the last dimensions of the nest.
    public init(_ base: UnsafeRawPointer?, strides: [Int]) {
        self.init(base: base, strides: nestTuple(strides, padding: 0))
    }
}

extension octet_target {
    /// A tensor to write; `strides` in elements belong to the last dimensions of the nest.
    public init(_ base: UnsafeMutableRawPointer?, strides: [Int]) {
        self.init(base: base, strides: nestTuple(strides, padding: 0))
    }
}
