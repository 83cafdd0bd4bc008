import CKernels
import Foundation
import Kernels
import Synchronization
import TensorCore
import Testing

/// What the tasks of the tests below write.
private struct Ledger {
    var counts: UnsafeMutablePointer<Int>
    var work: Int
}

/// A step that adds one to the cells of the step before, in reverse order.
private struct Step {
    var source: UnsafeMutablePointer<Int>
    var target: UnsafeMutablePointer<Int>
}

/// What several threads saw. The lock is one that ThreadSanitizer can follow: a contended `Mutex` is handed over by the
/// system.
private final class Seen<Element: Hashable & Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var elements: Set<Element> = []

    var all: Set<Element> { lock.withLock { elements } }

    func add(_ element: Element) { lock.withLock { _ = elements.insert(element) } }
}

/// A Swift callback as a kernel: counts how often each task ran, after a little work.
private let countTask: octet_kernel = { args, task in
    guard let ledger = args?.assumingMemoryBound(to: Ledger.self).pointee else { return }
    var x = task
    for _ in 0..<ledger.work { x = x &* 31 &+ 7 }
    ledger.counts[task] += x == Int.min ? 2 : 1
}

@Suite(.serialized) struct ThreadPoolTests {
    @Test(arguments: [1, 2, 5])
    func theOtherThreadsWorkBesideTheCaller(_ threads: Int) throws {
        let pool = try ThreadPool(threads: threads)
        let others = Seen<Int>()
        let result = try pool.run {
            7
        } beside: { thread in
            others.add(thread)
        }
        #expect(result == 7)
        #expect(others.all == Set(1..<threads))
        #expect(throws: OctetError.self) {
            try pool.run {
                throw OctetError(.invalidArgument, "the caller's")
            } beside: { _ in
            }
        }
    }

    @Test(arguments: [1, 2, 4, 7])
    func everyTaskRunsOnce(_ threads: Int) throws {
        let pool = try ThreadPool(threads: threads)
        #expect(pool.threads == threads)
        for tasks in [0, 1, 2, 3, 16, 200] {
            let counts = Buffer(repeating: 0, count: max(tasks, 1))
            var ledger = Ledger(counts: counts.base, work: 20)
            for _ in 0..<500 { pool.run(countTask, &ledger, tasks: tasks) }
            #expect(counts.values == [Int](repeating: tasks == 0 ? 0 : 500, count: max(tasks, 1)))
        }
    }

    @Test(arguments: [1, 2, 4])
    func stepsFollowEachOther(_ threads: Int) throws {
        let pool = try ThreadPool(threads: threads)
        let cells = Buffer(repeating: 0, count: 41 * 64)
        let arguments = UnsafeMutablePointer<Step>.allocate(capacity: 40)
        defer { arguments.deallocate() }
        for i in 0..<40 {
            let step = Step(source: cells.base + 64 * i, target: cells.base + 64 * (i + 1))
            (arguments + i).initialize(to: step)
        }
        // Needs a cell that, as a rule, another thread wrote in the step before.
        let advance: octet_kernel = { args, task in
            guard let step = args?.assumingMemoryBound(to: Step.self).pointee else { return }
            step.target[task] = step.source[63 - task] + 1
        }
        let steps = (0..<40).map { octet_step(kernel: advance, args: arguments + $0, task_count: 64, beside_next: 0) }
        let last = cells.base + 40 * 64
        var times = [UInt64](repeating: 0, count: 41)
        for round in 1...200 {
            for i in 0..<64 { cells.base[i] = round }
            octet_run_steps(steps, steps.count, pool.pointer, &times)
            #expect((0..<64).allSatisfy { last[$0] == round + 40 })
        }
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 } && times[0] > 0)
        cells.base[0] = 1000
        octet_run_steps(steps, steps.count, nil, nil)
        #expect(last[0] == 1040)
    }

    /// A step beside the next: the tasks of both run once, and the step after them starts when they have ended.
    @Test(arguments: [1, 2, 4])
    func stepsBesideEachOther(_ threads: Int) throws {
        let pool = try ThreadPool(threads: threads)
        let cells = Buffer(repeating: 0, count: 3 * 64)
        let copy: octet_kernel = { args, task in
            guard let step = args?.assumingMemoryBound(to: Step.self).pointee else { return }
            step.target[task] = step.source[task] + 1
        }
        let gather: octet_kernel = { args, task in
            guard let step = args?.assumingMemoryBound(to: Step.self).pointee else { return }
            step.target[task] = step.source[(task + 32) % 64]
        }
        let arguments = UnsafeMutablePointer<Step>.allocate(capacity: 3)
        defer { arguments.deallocate() }
        arguments.initialize(to: Step(source: cells.base, target: cells.base + 64))
        (arguments + 1).initialize(to: Step(source: cells.base + 3, target: cells.base + 67))
        (arguments + 2).initialize(to: Step(source: cells.base + 64, target: cells.base + 128))
        let steps = [
            octet_step(kernel: copy, args: arguments, task_count: 3, beside_next: 1),
            octet_step(kernel: copy, args: arguments + 1, task_count: 61, beside_next: 0),
            octet_step(kernel: gather, args: arguments + 2, task_count: 64, beside_next: 1),
        ]
        for round in 1...500 {
            for i in 0..<64 { cells.base[i] = 1000 * round + i }
            octet_run_steps(steps, steps.count, pool.pointer, nil)
            let expected = (0..<64).map { 1000 * round + ($0 + 32) % 64 + 1 }
            #expect(Array(cells.values[128...]) == expected)
        }
    }

    @Test func callersShareAPool() async throws {
        let pool = try ThreadPool(threads: 3)
        let total = Atomic(0)
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let counts = Buffer(repeating: 0, count: 32)
                    var ledger = Ledger(counts: counts.base, work: 50)
                    for _ in 0..<300 { pool.run(countTask, &ledger, tasks: 32) }
                    return counts.values.reduce(0, +)
                }
            }
            for await sum in group { total.add(sum, ordering: .relaxed) }
        }
        #expect(total.load(ordering: .relaxed) == 4 * 300 * 32)
    }

    #if os(Linux)
        /// A millisecond after a run the workers take no processor time: they sleep, and nothing wakes them.
        @Test func workersRestAfterARun() throws {
            let pool = try ThreadPool(threads: 4)
            let seen = Seen<String>()
            while seen.all.count < 4 {
                pool.concurrently(64) { _ in
                    let thread = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
                    seen.add(thread ?? "")
                    Thread.sleep(forTimeInterval: 0.0002)
                }
            }
            let caller = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
            let workers = seen.all.subtracting([caller])
            #expect(workers.count == 3)
            let counts = Buffer(repeating: 0, count: 64)
            var ledger = Ledger(counts: counts.base, work: 1000)
            let start = try processorTime(workers)
            withUnsafePointer(to: &ledger) { ledger in
                let steps = [octet_step](
                    repeating: octet_step(kernel: countTask, args: ledger, task_count: 64, beside_next: 0), count: 20)
                for _ in 0..<200 { octet_run_steps(steps, steps.count, pool.pointer, nil) }
            }
            Thread.sleep(forTimeInterval: 0.001)
            let before = try processorTime(workers)
            Thread.sleep(forTimeInterval: 0.3)
            let after = try processorTime(workers)
            #expect(before > start, "the workers took part")
            #expect(after - before < 3_000_000, "nanoseconds of 3 workers in 0.3 s")
        }

        /// Nanoseconds that threads have run, by the scheduler's own count.
        private func processorTime(_ threads: Set<String>) throws -> Int {
            try threads.reduce(0) { sum, thread in
                let line = try String(contentsOfFile: "/proc/\(thread)/schedstat", encoding: .utf8)
                return sum + (line.split(separator: " ").first.flatMap { Int($0) } ?? 0)
            }
        }
    #endif

    @Test func settingsFromTheEnvironment() throws {
        #expect(try ThreadPool.defaultThreads("3") == 3)
        #expect(try ThreadPool.defaultThreads(nil) >= 1)
        #expect(throws: OctetError.self) { try ThreadPool.defaultThreads("none") }
        #expect(throws: OctetError.self) { try ThreadPool.defaultThreads("0") }
        #expect(throws: OctetError.self) { try ThreadPool(threads: 0) }
        #expect(try InstructionSet.selected("scalar") == .scalar)
        #expect(try InstructionSet.selected(nil) == InstructionSet.best)
        #expect(throws: OctetError.self) { try InstructionSet.selected("sse9") }
        #expect(try KernelTable(.scalar).isa == OCTET_ISA_SCALAR)
    }
}
