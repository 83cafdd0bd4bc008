import ArgumentParser
import Octet

struct Processor: FallibleCommand {
    static let configuration = CommandConfiguration(
        commandName: "cpu",
        abstract:
            "Shows the instruction sets found, the kernels picked, and this CPU's measured int8, float and bf16 peak.")

    @Flag(help: "Also time the picked kernels on layers of well-known networks (one thread, about 10 s).")
    var kernels = false

    @Flag(help: "Print one JSON object to standard output and nothing else there.")
    var json = false

    private struct Report: Encodable {
        struct Peak: Encodable {
            var instructionSet: String
            var int8: Double
            var float: Double
            var bf16: Double

            enum CodingKeys: String, CodingKey {
                case instructionSet = "instruction_set"
                case int8 = "int8_gmac_per_s"
                case float = "float_gmac_per_s"
                case bf16 = "bf16_gmac_per_s"
            }
        }

        struct Layer: Encodable {
            var kernel: String
            var layer: String
            var microseconds: Double
            var rate: Double
            var percentOfPeak: Double

            enum CodingKeys: String, CodingKey {
                case kernel, layer
                case microseconds = "us"
                case rate = "gmac_per_s"
                case percentOfPeak = "percent_of_peak"
            }
        }

        var picked: String
        var threads: Int
        var optimized: Bool
        var peaks: [Peak]
        var kernels: [Layer]?
    }

    func work() throws {
        let table = try KernelTable.selected()
        let measured = try InstructionSet.supported.map { ($0, try KernelTable($0).measuredPeak(seconds: 0.2)) }
        let peaks = measured.map { set, peak in
            Report.Peak(
                instructionSet: set.rawValue, int8: peak.int8 / 1e9, float: peak.float / 1e9, bf16: peak.bf16 / 1e9)
        }
        let own = measured.first { $0.0 == table.instructionSet }?.1
        let report = Report(
            picked: table.instructionSet.rawValue, threads: try ThreadPool.defaultThreads(),
            optimized: KernelTable.isOptimized,
            peaks: peaks, kernels: kernels ? own.map { layers(table, $0) } : nil)
        if json { return try Console.printJSON(report) }
        var rates = TextTable(
            "instruction set", "int8 GMAC/s a thread", "float GMAC/s a thread", "bf16 GMAC/s a thread", "")
        for peak in peaks {
            rates.add(
                peak.instructionSet, Console.number(peak.int8, 1), Console.number(peak.float, 1),
                Console.number(peak.bf16, 1),
                peak.instructionSet == report.picked ? "picked" : "")
        }
        print(rates.text)
        print("threads: \(report.threads)" + (report.optimized ? "" : "; built without optimization"))
        guard let layers = report.kernels else { return }
        var rows = TextTable("kernel", "layer", "µs", "GMAC/s", "of peak")
        for layer in layers {
            rows.add(
                layer.kernel, layer.layer, Console.number(layer.microseconds, 1), Console.number(layer.rate, 1),
                Console.number(layer.percentOfPeak, 0) + " %")
        }
        print("\n" + rows.text)
    }

    private func layers(_ table: KernelTable, _ peak: KernelTable.Peak) -> [Report.Layer] {
        Console.note("timing \(KernelBenchmark.layers.count) layers")
        return KernelBenchmark.layers.map { layer in
            let result = KernelBenchmark.measure(layer, with: table, seconds: 0.25)
            return Report.Layer(
                kernel: result.kernel, layer: layer.description, microseconds: result.microseconds,
                rate: result.rate / 1e9, percentOfPeak: 100 * result.rate / peak.limit(of: result.kernel))
        }
    }
}
