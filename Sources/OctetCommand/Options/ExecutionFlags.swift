import ArgumentParser
import Octet

/// Flags about running a network.
struct ExecutionFlags: ParsableArguments {
    @OptionGroup var input: InputFlags
    @OptionGroup var resources: ResourceFlags
    @OptionGroup var output: OutputFlags

    var json: Bool { output.json }
    var options: ExecutionOptions { resources.options }
    var inputShapes: [String: [Int]] { input.shapes }
}

/// What to assume of a network's inputs.
struct InputFlags: ParsableArguments {
    @Option(
        name: .customLong("input-shape"),
        help: ArgumentHelp(
            "Pins an input's shape, for dimensions that the model leaves open (repeatable).",
            valueName: "NAME=1,3,224,224"))
    var pinned: [InputShape] = []

    var shapes: [String: [Int]] {
        Dictionary(pinned.map { ($0.name, $0.extents) }) { _, last in last }
    }
}

/// What a run may use of the machine.
struct ResourceFlags: ParsableArguments {
    @Option(help: "Threads that share one inference (default: OCTET_THREADS or the number of cores).")
    var threads: Int?

    @Option(
        name: .customLong("max-memory"),
        help: ArgumentHelp(
            "Bytes that a model may ask for, with K, M or G (default: half of the machine's memory).",
            valueName: "BYTES"))
    var memoryLimit: ByteCount?

    @Option(
        name: .customLong("float-precision"),
        help: ArgumentHelp(
            """
            Precision of the products in layers on floats. bf16 rounds data and weights to 8 significant bits in the \
            layers that this makes faster on this CPU, and adds up in float32; its results are not those of float32.
            """, valueName: "float32|bf16"))
    var floatPrecision = FloatPrecision.float32

    func validate() throws {
        guard threads.map({ (1...ThreadPool.maximumThreads).contains($0) }) ?? true else {
            throw ValidationError("--threads must be from 1 to \(ThreadPool.maximumThreads).")
        }
    }

    var options: ExecutionOptions {
        ExecutionOptions(threads: threads, memoryLimit: memoryLimit?.bytes, floatPrecision: floatPrecision)
    }
}

extension FloatPrecision: ExpressibleByArgument {}

/// How results are printed.
struct OutputFlags: ParsableArguments {
    @Flag(help: "Print one JSON object to standard output and nothing else there.")
    var json = false
}

/// `NAME=1,3,224,224`
struct InputShape: ExpressibleByArgument {
    let name: String
    let extents: [Int]

    init?(argument: String) {
        guard let separator = argument.lastIndex(of: "=") else { return nil }
        name = String(argument[..<separator])
        let parts = argument[argument.index(after: separator)...].split(separator: ",").map { Int($0) }
        extents = parts.compactMap { $0 }
        guard !name.isEmpty, extents.count == parts.count, extents.allSatisfy({ $0 >= 1 }) else { return nil }
    }
}

/// `2G`, `512M`, `100000`
struct ByteCount: ExpressibleByArgument {
    let bytes: Int

    init?(argument: String) {
        let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
        let unit = argument.uppercased().last.flatMap { units[$0] }
        guard let value = Int(unit == nil ? argument : String(argument.dropLast())), value > 0 else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: unit ?? 1)
        guard !overflow else { return nil }
        bytes = product
    }
}
