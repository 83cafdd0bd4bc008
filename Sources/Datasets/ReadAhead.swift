internal import Dispatch
internal import Synchronization

/// Reads samples on a thread of its own, a few ahead of who uses them.
final class ReadAhead: Sendable {
    typealias Reading = Result<Sample, any Error>

    private struct State {
        var waiting: [Reading] = []
        var isClosed = false
    }

    private static let depth = 4
    private let state = Mutex(State())
    /// Counts what waits, and one more when everything was read.
    private let filled = DispatchSemaphore(value: 0)
    private let free = DispatchSemaphore(value: 0)

    init(_ dataset: some Dataset, indices: EvenSubset) {
        for _ in 0..<Self.depth { free.signal() }
        DispatchQueue.global(qos: .userInitiated).async { [self] in
            for index in indices {
                free.wait()
                guard !state.withLock(\.isClosed) else { return }
                let reading = Reading {
                    Sample(
                        index: index, name: dataset.name(at: index), label: dataset.label(at: index),
                        tensors: try dataset.tensors(at: index))
                }
                state.withLock { $0.waiting.append(reading) }
                filled.signal()
            }
            filled.signal()
        }
    }

    /// The next sample, waiting for it if need be; `nil` after the last.
    func next() -> Reading? {
        filled.wait()
        let reading = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
        free.signal()
        return reading
    }

    /// Lets the thread end early.
    func stop() {
        state.withLock { $0.isClosed = true }
        free.signal()
    }
}
