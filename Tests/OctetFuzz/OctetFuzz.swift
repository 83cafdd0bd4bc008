import ArgumentParser
import Foundation
import Octet

@main
struct OctetFuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "OctetFuzz",
        abstract: "Feeds Octet damaged models and reports which of them crash it, hang it or take too much memory.",
        subcommands: [Fuzz.self, Replay.self, Worker.self], defaultSubcommand: Fuzz.self)
}

/// Runs files that an earlier run found.
struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Does with each file, in this process, what is done with a mutation.")

    @Argument(help: "Models.")
    var files: [String]
    @OptionGroup var limits: Limits

    func run() throws {
        let folder = FileManager.default.temporaryDirectory.path
        try limits.boundMemory()
        for file in files {
            limits.startClock()
            print(file, Exercise.outcome(of: file, folder: folder, memoryLimit: limits.runMemory, quantizes: true))
            limits.stopClock()
        }
    }
}

/// Makes mutations, lets workers meet them, and keeps those that end badly.
struct Fuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Mutates models and reads, infers, inspects, writes, compiles, runs and (one in eight) quantizes each.",
        discussion: """
            The same seed, seeds and number give the same file. What ends badly is kept in --findings as \
            SEED-NUMBER.onnx with the reason beside it, and the exit code is 1. Progress goes to standard error.
            """)

    @Option(help: "How many damaged files to try.")
    var mutations = Int(ProcessInfo.processInfo.environment["OCTET_FUZZ_MUTATIONS"] ?? "") ?? 2000

    @Option(help: "Another seed gives other files.")
    var seed: UInt64 = 1

    @Option(help: "The number of the first mutation.")
    var first = 0

    @Option(help: "Bytes above which a model is too large to start from.")
    var largest = 1_400_000

    @Option(help: "Processes at a time.")
    var jobs = 2

    @Option(help: "Where to keep what ends badly.")
    var findings = "octet-fuzz-findings"

    @Argument(help: "Models, or folders with models, to start from.")
    var seeds: [String]

    @OptionGroup var limits: Limits

    func run() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "octet-fuzz-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var paths = Seeds.files(in: seeds, largest: largest)
        guard let sample = paths.first else { throw ValidationError("There are no models to start from.") }
        try paths.append(Seeds.externalCopy(of: sample, in: folder))
        let list = folder + "/seeds.txt"
        try paths.joined(separator: "\n").write(toFile: list, atomically: true, encoding: .utf8)
        let tally = Tally(
            campaign: Campaign(seeds: Seeds(paths: paths), seed: seed), findings: findings, end: first + mutations,
            next: first)
        let group = DispatchGroup()
        for job in 0..<max(jobs, 1) {
            DispatchQueue.global().async(group: group) { [self] in
                tally.guarding { try work(job: job, folder: folder, list: list, tally) }
            }
        }
        group.wait()
        try tally.finish()
    }

    private func work(job: Int, folder: String, list: String, _ tally: Tally) throws {
        let own = folder + "/\(job)"
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: folder + "/external.onnx.data", toPath: own + "/external.onnx.data")
        while let chunk = tally.claim() {
            var number = chunk.lowerBound
            while number < chunk.upperBound {
                let worker = try WorkerProcess(
                    arguments: [
                        "worker", "--seed-list", list, "--seed", "\(seed)", "--from", "\(number)", "--to",
                        "\(chunk.upperBound)", "--folder", own, "--seconds", "\(limits.seconds)", "--megabytes",
                        "\(limits.megabytes)",
                    ], folder: own)
                switch worker.follow(from: number, silence: limits.seconds * 6, report: tally.record) {
                case .complete: number = chunk.upperBound
                case .died(let last, let reason):
                    tally.record(last, "wrong \(reason)\n\(worker.errors)")
                    number = last + 1
                }
            }
        }
    }
}
