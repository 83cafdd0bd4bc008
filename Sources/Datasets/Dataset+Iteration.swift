internal import TensorCore

extension Dataset {
    /// Hands over every sample, or `samples` of them spread evenly, in order.
    ///
    /// The next samples are read on a second thread while one is used.
    /// - Parameters:
    ///   - samples: how many to take at most; `nil` for all.
    ///   - skipped: called with each sample that cannot be decoded. It is left out.
    ///   - body: called once for each sample, on the caller's thread.
    /// - Returns: how many samples were handed over.
    /// - Throws: `invalidData` when the data is empty or no sample can be decoded; whatever reading and `body` throw.
    @discardableResult
    public func forEachSample(
        _ samples: Int? = nil, skipped: (UnreadableSample) -> Void, body: (Sample) throws -> Void
    ) throws -> Int {
        let subset = try EvenSubset(of: count, samples: samples)
        guard !subset.isEmpty else {
            throw OctetError(.invalidData, "the data holds no samples", expected: "at least one")
        }
        var used = 0
        var firstSkipped: UnreadableSample?
        let reader = ReadAhead(self, indices: subset)
        defer { reader.stop() }
        while let result = reader.next() {
            do {
                let sample = try result.get()
                used += 1
                try body(sample)
            } catch let unreadable as UnreadableSample {
                firstSkipped = firstSkipped ?? unreadable
                skipped(unreadable)
            }
        }
        if used == 0, let firstSkipped {
            var error = firstSkipped.reason
            error.message = "none of \(subset.count) samples can be used; the first: \(error.message)"
            throw error
        }
        return used
    }
}
