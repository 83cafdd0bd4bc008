import CKernels
import Kernels
import Testing

@Suite struct ObserveTests {
    @Test(arguments: InstructionSet.supported, [0, 1, 5, 16, 17, 33, 100])
    func range(_ instructionSet: InstructionSet, _ count: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(count)
        for specials in [[], [Float.nan], [.infinity, -.infinity, .nan, .nan]] {
            var values = random.floats(count)
            for (index, special) in specials.enumerated() where index * 7 < count { values[index * 7] = special }
            let input = Buffer(values)
            var range = octet_range()
            table.min_max_f32?(input.base, values.count, &range)
            let finite = values.filter(\.isFinite)
            #expect(range.minimum == finite.min() ?? .infinity)
            #expect(range.maximum == finite.max() ?? -.infinity)
            #expect(range.nan_count == values.count(where: \.isNaN))
            #expect(range.infinite_count == values.count(where: \.isInfinite))
        }
    }

    @Test(arguments: InstructionSet.supported, [1, 16, 50, 1000])
    func histogram(_ instructionSet: InstructionSet, _ count: Int) throws {
        let table = try KernelTable(instructionSet)
        var random = Seeded(count)
        var values = random.floats(count, in: -3...3)
        for (index, special) in [Float.nan, 2, -2, .infinity, 0].enumerated() where index < count {
            values[index] = special
        }
        let input = Buffer(values)
        for (absolute, low, high, bins) in [(false, Float(-2), Float(2), 10), (true, 0, 2, 37), (false, 1, 1, 4)] {
            var counters = [UInt64](repeating: 5, count: bins)
            var expected = counters
            table.histogram_f32?(input.base, count, absolute ? 1 : 0, low, high, bins, &counters)
            let scale = high > low ? Float(bins) / (high - low) : 0
            for value in values.map({ absolute ? abs($0) : $0 }) where value >= low && value <= high {
                expected[min(bins - 1, Int(((value - low) * scale).rounded(.down)))] += 1
            }
            #expect(counters == expected)
        }
    }

    @Test(arguments: InstructionSet.allCases)
    func peak(_ instructionSet: InstructionSet) throws {
        guard instructionSet.isSupported else {
            #expect(throws: (any Error).self) { try KernelTable(instructionSet) }
            return
        }
        let peak = try KernelTable(instructionSet).measuredPeak(seconds: 0.005)
        #expect(peak.int8 > 0 && peak.float > 0 && peak.bf16 > 0)
    }
}
