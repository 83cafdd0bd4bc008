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

    /// Resident pages less those of files and shared memory, in 10⁶ bytes; 0 where the system does not tell.
    static func privateMegabytes() -> Double {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let fields = line.split(separator: 32).prefix(3).compactMap { field in
            field.reduce(into: 0) { $0 = $0 * 10 + Int($1) - 48 }
        }
        guard fields.count == 3 else { return 0 }
        return Double((fields[1] - fields[2]) * sysconf(Int32(_SC_PAGESIZE))) / 1e6
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
