import ArgumentParser
import Octet

struct BenchmarkCommand: ExecutingCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: "Times a network on seeded random inputs: loading, first run, latency, throughput, memory.",
        discussion: """
            load_ms is from opening the file to the plan being ready, first_ms the first run after it. Memory is the \
            private (anonymous) memory of the process in MB, before loading and at its greatest. With --profile every \
            step is listed with its kernel, type, time, share and the part of this CPU's measured peak that it reaches.

            --hint latency shares each run between all threads; --hint throughput lets every thread do runs of its own.

            --cache DIR keeps the compiled network with its packed weights in a folder; the next load maps it and is done \
            in about a millisecond. Entries are known by the contents of the model, the instruction set, the threads and \
            this program, and are checked before they are used. Above 2000 MB, or as many as OCTET_CACHE_LIMIT says, those \
            that were not used for longest are removed. The folder may be deleted at any time.
            """)

    @Argument(help: "The model.")
    var model: String

    @Option(help: "Measures for about this long.")
    var seconds = 2.0

    @Option(help: "Measures exactly this many runs.")
    var iterations: Int?

    @Flag(help: "Also list every step.")
    var profile = false

    @Option(help: "What threads are for: latency or throughput.")
    var hint = ThreadUse(.latency)

    @Option(
        help: ArgumentHelp(
            "Keeps compiled networks in this folder for the next load (default: OCTET_CACHE, else none).",
            valueName: "DIR"))
    var cache: String?

    @OptionGroup var execution: ExecutionFlags

    func validate() throws {
        guard seconds > 0, iterations ?? 1 >= 1 else {
            throw ValidationError("--seconds and --iterations must be above 0.")
        }
    }

    func work() throws {
        guard KernelTable.isOptimized else {
            throw OctetError(
                .invalidArgument, "this build's kernels are not optimized, its times mean nothing",
                remedy: "Build with -c release")
        }
        var benchmark = Benchmark()
        benchmark.execution = execution.options
        benchmark.execution.hint = hint.hint
        benchmark.execution.cacheFolder = cache
        benchmark.seconds = seconds
        benchmark.iterations = iterations
        benchmark.inputShapes = execution.inputShapes
        let result = try benchmark.run(path: model, profile: profile)
        let peak = profile ? try KernelTable.selected().measuredPeak(seconds: 0.2) : nil
        let report = BenchmarkReport(result, hint: hint.hint, peak: peak)
        if execution.json {
            try Console.printJSON(report)
        } else {
            report.printTable()
        }
    }
}

/// `latency` or `throughput`
struct ThreadUse: ExpressibleByArgument, CustomStringConvertible {
    let hint: PerformanceHint

    init(_ hint: PerformanceHint) { self.hint = hint }

    init?(argument: String) {
        guard let hint = PerformanceHint(rawValue: argument) else { return nil }
        self.hint = hint
    }

    static var allValueStrings: [String] { PerformanceHint.allCases.map(\.rawValue) }
    var description: String { hint.rawValue }
}

/// The benchmark's result in the form of the command's contract.
private struct BenchmarkReport: Encodable {
    struct Latency: Encodable {
        var min: Double
        var median: Double
        var p90: Double
    }

    struct Step: Encodable {
        var node: String
        var operatorName: String
        var kernel: String
        var type: String
        var microseconds: Double
        var share: Double
        var gmacPerSecond: Double?
        var percentOfPeak: Double?
        var note: String

        enum CodingKeys: String, CodingKey {
            case node, kernel, type, share, note
            case operatorName = "operator"
            case microseconds = "us"
            case gmacPerSecond = "gmac_per_s"
            case percentOfPeak = "percent_of_peak"
        }
    }

    var load: Double
    var first: Double
    var latency: Latency
    var throughput: Double
    var base: Double
    var peak: Double
    var threads: Int
    var instructionSet: String
    var isCompiled: Bool
    var runs: Int
    var hint: String
    var cache: String
    var steps: [Step]?

    enum CodingKeys: String, CodingKey {
        case throughput, threads, runs, hint, cache, steps
        case load = "load_ms"
        case first = "first_ms"
        case latency = "latency_ms"
        case base = "base_mb"
        case peak = "peak_mb"
        case instructionSet = "instruction_set"
        case isCompiled = "compiled"
    }

    init(_ result: Benchmark.Result, hint: PerformanceHint, peak machine: KernelTable.Peak?) {
        load = result.loadTime
        first = result.firstTime
        latency = Latency(min: result.latency.minimum, median: result.latency.median, p90: result.latency.percentile90)
        throughput = result.throughput
        base = result.baseMemory
        peak = result.peakMemory
        threads = result.threads
        instructionSet = result.instructionSet
        isCompiled = result.isCompiled
        runs = result.runs
        self.hint = hint.rawValue
        cache =
            switch result.cacheUse {
            case .off: "off"
            case .found: "found"
            case .stored: "stored"
            case .notStored(let reason): "not stored: \(reason)"
            }
        guard let machine else { return }
        let sharing = hint == .latency ? result.threads : 1
        let total = result.profile.reduce(0) { $0 + $1.microseconds }
        steps = result.profile.map { step, microseconds in
            let rate = Double(step.multiplyAccumulates) / max(microseconds, 1e-3) * 1e6
            let limit = machine.limit(of: step.kernel) * Double(sharing)
            let counts = step.multiplyAccumulates > 0
            return Step(
                node: step.node, operatorName: step.operatorName, kernel: step.kernel, type: step.elementType,
                microseconds: microseconds, share: microseconds / total, gmacPerSecond: counts ? rate / 1e9 : nil,
                percentOfPeak: counts ? 100 * rate / limit : nil, note: step.note)
        }
    }

    func printTable() {
        let number = { (value: Double) in Console.number(value, 3) }
        Console.printPairs([
            ("load", number(load) + " ms"),
            ("first run", number(first) + " ms"),
            ("latency, least", number(latency.min) + " ms"),
            ("latency, median", number(latency.median) + " ms"),
            ("latency, 90 % below", number(latency.p90) + " ms"),
            ("runs a second", Console.number(throughput, 1)),
            ("private memory", Console.number(base, 1) + " MB, at most " + Console.number(peak, 1) + " MB"),
            ("compiled network in the cache", cache),
            ("threads", "\(threads) (\(instructionSet)\(isCompiled ? "" : ", interpreted"))"),
        ])
        guard let steps else { return }
        var list = TextTable("step", "operator", "kernel", "type", "µs", "share", "GMAC/s", "of peak", "note")
        for step in steps {
            list.add(
                step.node, step.operatorName, step.kernel, step.type, Console.number(step.microseconds, 1),
                Console.number(step.share * 100, 1) + " %", step.gmacPerSecond.map { Console.number($0, 1) } ?? "",
                step.percentOfPeak.map { Console.number($0, 0) + " %" } ?? "", step.note)
        }
        print("\n" + list.text)
    }
}
