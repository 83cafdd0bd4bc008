import ArgumentParser
import Octet

/// The command `octet`.
@main
struct OctetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "octet",
        abstract: "Takes a trained neural network from float to eight bits, proves that it still works, and runs it.",
        discussion: """
            A first tour:
              octet demo
              octet quantize net.onnx -o net.int8.onnx --calibration images/ \\
                    --preprocess imagenet --resize 256 --crop 224
              octet evaluate net.int8.onnx --data images/ --labels labels.csv \\
                    --baseline net.onnx --preprocess imagenet --resize 256 --crop 224
              octet benchmark net.int8.onnx --profile

            Every verb takes --help. With --json it prints one JSON object to standard output and nothing else there.
            Exit codes: 0 good; 1 the work failed or a check did not hold; 64 wrong usage.
            OCTET_ISA=scalar|avx2|avxvnni|avx512vnni|avx512bf16 forces an instruction set, OCTET_THREADS the number of threads.
            """,
        version: OctetVersion.current,
        subcommands: [
            Demo.self, Inspect.self, Quantize.self, Evaluate.self, Compare.self, BenchmarkCommand.self, Run.self,
            ConformanceCommand.self, Convert.self, Processor.self,
        ])

    /// Replaces `--recipe FILE` by what the file says, then does as it is told.
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        do {
            main(try Recipe.expanded(words))
        } catch {
            exit(withError: CommandFailure.report(error, json: words.contains("--json")))
        }
    }
}
