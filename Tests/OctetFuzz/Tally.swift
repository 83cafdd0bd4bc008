import ArgumentParser
import Foundation
import Octet

/// What has been tried so far by all workers together, and what came of it.
final class Tally: @unchecked Sendable {
    private let lock = NSLock()
    private let campaign: Campaign
    private let findings: String
    private let end: Int
    private var next: Int
    private var outcomes: [String: Int] = [:]
    private var found: [Int] = []
    private var failure: (any Error)?
    private let meter: ProgressMeter

    init(campaign: Campaign, findings: String, end: Int, next: Int) {
        self.campaign = campaign
        self.findings = findings
        self.end = end
        self.next = next
        meter = ProgressMeter("fuzzing", total: end - next, sink: ProgressMeter.standardError)
    }

    /// The next mutations for a worker. A process lives only this long, so that its memory stays that of few files.
    func claim() -> Range<Int>? {
        lock.withLock {
            guard next < end, failure == nil else { return nil }
            let chunk = next..<min(next + 500, end)
            next = chunk.upperBound
            return chunk
        }
    }

    func record(_ number: Int, _ line: String) {
        lock.withLock {
            let isWrong = line.hasPrefix("wrong ")
            outcomes[isWrong ? "wrong" : line, default: 0] += 1
            meter.advance()
            guard isWrong else { return }
            found.append(number)
            do {
                try keep(number, String(line.dropFirst(6)))
            } catch {
                failure = error
            }
        }
    }

    private func keep(_ number: Int, _ reason: String) throws {
        try FileManager.default.createDirectory(atPath: findings, withIntermediateDirectories: true)
        let (bytes, origin) = try campaign.mutation(number)
        let name = "\(findings)/\(campaign.seed)-\(number)"
        try Data(bytes).write(to: URL(filePath: name + ".onnx"))
        try "from \(origin)\n\(reason)\n".write(toFile: name + ".txt", atomically: true, encoding: .utf8)
        print("\(name).onnx: \(reason.split(separator: "\n").first ?? "")")
    }

    func guarding(_ body: () throws -> Void) {
        do {
            try body()
        } catch {
            lock.withLock { failure = error }
        }
    }

    /// Prints the sums.
    /// - Throws: exit code 1 when anything ended badly.
    func finish() throws {
        meter.finish()
        if let failure { throw failure }
        for (outcome, count) in outcomes.sorted(by: { $0.key < $1.key }) { print("\(outcome): \(count)") }
        if !found.isEmpty { throw ExitCode(1) }
    }
}
