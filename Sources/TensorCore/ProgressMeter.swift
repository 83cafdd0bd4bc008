#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Says how far a long piece of work is: the share that is done, and the time left.
///
/// Nothing is said during the first two seconds, so short work stays silent. Where the words go, the caller decides;
/// a meter without a sink is silent.
public final class ProgressMeter {
    /// Shows a line in the place of the one before; `nil` removes it.
    public typealias Sink = @Sendable (String?) -> Void

    private let label: String
    private let total: Int
    private let sink: Sink?
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var nextReport: ContinuousClock.Instant
    private var done = 0
    private var hasReported = false

    /// Starts to measure.
    /// - Parameters:
    ///   - label: what is being done, as it stands before the numbers.
    ///   - total: how many steps there will be.
    public init(_ label: String, total: Int, sink: Sink?) {
        self.label = label
        self.total = total
        self.sink = sink
        start = clock.now
        nextReport = start + .seconds(2)
    }

    /// Counts steps that are done.
    public func advance(by steps: Int = 1) {
        done += steps
        guard let sink, total > 0 else { return }
        let now = clock.now
        guard now >= nextReport else { return }
        nextReport = now + .milliseconds(200)
        hasReported = true
        let elapsed = (now - start) / .seconds(1)
        let left = elapsed / Double(max(done, 1)) * Double(max(total - done, 0))
        sink("\(label): \(min(100, done * 100 / total)) %, \(Self.text(seconds: left)) left")
    }

    /// Removes the line again.
    public func finish() {
        if hasReported { sink?(nil) }
        hasReported = false
    }

    private static func text(seconds: Double) -> String {
        let seconds = Int(seconds.rounded(.up))
        return seconds < 90 ? "\(seconds) s" : "\((seconds + 30) / 60) min"
    }

    deinit { finish() }

    /// One line of standard error that is written over when it is a terminal, else nothing.
    public static let standardError: Sink = { line in
        guard isatty(STDERR_FILENO) == 1 else { return }
        let text = "\r\u{1B}[2K" + (line ?? "")
        text.utf8.withContiguousStorageIfAvailable { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
