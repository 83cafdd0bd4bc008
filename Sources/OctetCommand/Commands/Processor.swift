import ArgumentParser
import Octet

struct Processor: FallibleCommand {
    static let configuration = CommandConfiguration(
        commandName: "cpu",
        abstract: "Shows the instruction sets found, the kernels picked, and this CPU's measured int8 and float peak.")

    @Flag(help: "Print one JSON object to standard output and nothing else there.")
    var json = false

    private struct Report: Encodable {
        struct Peak: Encodable {
            var instructionSet: String
            var int8: Double
            var float: Double

            enum CodingKeys: String, CodingKey {
                case instructionSet = "instruction_set"
                case int8 = "int8_gmac_per_s"
                case float = "float_gmac_per_s"
            }
        }

        var picked: String
        var threads: Int
        var optimized: Bool
        var peaks: [Peak]
    }

    func work() throws {
        let picked = try InstructionSet.selected()
        let peaks = try InstructionSet.supported.map { set in
            let peak = try KernelTable(set).measuredPeak(seconds: 0.2)
            return Report.Peak(instructionSet: set.rawValue, int8: peak.int8 / 1e9, float: peak.float / 1e9)
        }
        let report = Report(
            picked: picked.rawValue, threads: try ThreadPool.defaultThreads(), optimized: KernelTable.isOptimized,
            peaks: peaks)
        if json { return try Console.printJSON(report) }
        var table = TextTable("instruction set", "int8 GMAC/s a thread", "float GMAC/s a thread", "")
        for peak in peaks {
            table.add(
                peak.instructionSet, Console.number(peak.int8, 1), Console.number(peak.float, 1),
                peak.instructionSet == picked.rawValue ? "picked" : "")
        }
        print(table.text)
        print("threads: \(report.threads)" + (report.optimized ? "" : "; built without optimization"))
    }
}
