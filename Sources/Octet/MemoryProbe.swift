internal import Foundation

/// The private memory of this process, as the system counts it.
public struct MemoryProbe: ~Copyable {
    /// MB when the probe was made.
    public let base: Double
    /// The most MB that were seen.
    public private(set) var peak: Double
    private let sampler: Sampler

    /// Starts to watch.
    public init() {
        base = Self.privateMegabytes()
        peak = base
        sampler = Sampler()
    }

    /// Looks once more.
    public mutating func sample() {
        peak = max(peak, Self.privateMegabytes(), sampler.peak)
    }

    deinit { sampler.stop() }

    /// Anonymous resident pages (`RssAnon`), in 10⁶ bytes; 0 where the system does not tell.
    static func privateMegabytes() -> Double {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
        for line in status.split(separator: "\n") where line.hasPrefix("RssAnon:") {
            let kilobytes = line.split(separator: " ").compactMap { Double($0) }.first
            return (kilobytes ?? 0) * 1024 / 1e6
        }
        return 0
    }
}

/// Looks at the memory from time to time, so that peaks between samples are seen.
private final class Sampler: @unchecked Sendable {
    private let lock = NSLock()
    private var isRunning = true
    private var seen = 0.0

    init() {
        let thread = Thread { [self] in
            while lock.withLock({ isRunning }) {
                let now = MemoryProbe.privateMegabytes()
                lock.withLock { seen = max(seen, now) }
                Thread.sleep(forTimeInterval: 0.005)
            }
        }
        thread.start()
    }

    var peak: Double { lock.withLock { seen } }

    func stop() { lock.withLock { isRunning = false } }
}
