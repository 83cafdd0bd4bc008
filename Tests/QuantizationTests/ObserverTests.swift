import Foundation
import GraphTestSupport
import ModelGraph
import Operators
import Quantization
import TensorCore
import Testing

@Suite struct ObserverTests {
    /// Values over many magnitudes and both signs, in batches.
    private static func batches(seed: UInt64 = 40) -> [Tensor] {
        var random = SplitMix(state: seed)
        return (0..<12).map { batch in
            let scale = Float(batch * batch) + 0.01
            return Tensor((0..<257).map { _ in (random.unit() - 0.3) * scale }, shape: [257])
        }
    }

    private func observed<O: Observer>(_ type: O.Type, _ tensors: some Sequence<Tensor>) throws -> O {
        var observer = O()
        for (index, tensor) in tensors.enumerated() { try observer.observe(tensor, sample: index) }
        return observer
    }

    @Test func histogramDoesNotDependOnOrderNorOnParts() throws {
        let batches = Self.batches()
        let forward = try observed(HistogramObserver.self, batches)
        #expect(try observed(HistogramObserver.self, batches.reversed()) == forward)
        var merged = try observed(HistogramObserver.self, batches[..<3])
        merged.merge(try observed(HistogramObserver.self, batches[3...]))
        #expect(merged == forward)
        var other = try observed(HistogramObserver.self, batches[7...])
        other.merge(try observed(HistogramObserver.self, batches[..<7]))
        #expect(other == forward)
        var empty = HistogramObserver()
        empty.merge(forward)
        #expect(empty == forward)
    }

    @Test func minMaxDoesNotDependOnOrderNorOnParts() throws {
        let batches = Self.batches()
        let forward = try observed(MinMaxObserver.self, batches)
        var merged = try observed(MinMaxObserver.self, batches[5...])
        merged.merge(try observed(MinMaxObserver.self, batches[..<5]))
        #expect(merged == forward)
    }

    @Test func stateCanBeStored() throws {
        let forward = try observed(HistogramObserver.self, Self.batches())
        let data = try JSONEncoder().encode(forward)
        #expect(try JSONDecoder().decode(HistogramObserver.self, from: data) == forward)
    }

    @Test func binsHoldEveryElement() throws {
        let batches = Self.batches()
        let observer = try observed(HistogramObserver.self, batches)
        let values = batches.flatMap { $0.elements(as: Float.self) }
        #expect(observer.total == UInt64(values.count))
        #expect(observer.bins.reduce(0) { $0 + $1.count } == UInt64(values.count))
        #expect(observer.magnitudeBins.reduce(0) { $0 + $1.count } == UInt64(values.count))
        #expect(observer.extremes == (values.min() ?? 0)...(values.max() ?? 0))
        let limit = values.map(abs).max() ?? 0
        for bin in observer.bins where max(abs(bin.lower), abs(bin.upper)) > limit / 128 {
            // A bin includes its end nearer to 0, and one that was cut both.
            let hasLower = bin.lower >= 0 || bin.lower == observer.extremes?.lowerBound
            let hasUpper = bin.upper <= 0 || bin.upper == observer.extremes?.upperBound
            let count = values.filter {
                (hasLower ? bin.lower <= $0 : bin.lower < $0) && (hasUpper ? $0 <= bin.upper : $0 < bin.upper)
            }.count
            #expect(bin.count == UInt64(count))
            #expect(bin.upper - bin.lower <= limit / 256)
        }
    }

    @Test func extremeFloatsHaveBins() throws {
        let values: [Float] = [
            0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, 1,
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        ]
        for count in 1...values.count {
            let tensor = Tensor(Array(values.prefix(count)), shape: [count])
            let observer = try observed(HistogramObserver.self, [tensor])
            #expect(observer.bins.reduce(0) { $0 + $1.count } == UInt64(count))
            #expect(observer.bins.allSatisfy { $0.lower.isFinite && $0.upper.isFinite })
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func valuesThatAreNotFiniteAreErrors(_ bad: Float) {
        for position in [0, 15, 16, 31, 32, 36] {
            var values = [Float](repeating: 1, count: 37)
            values[position] = bad
            let tensor = Tensor(values, shape: [37])
            #expect(throws: OctetError.self) { try observed(MinMaxObserver.self, [tensor]) }
            #expect(throws: OctetError.self) { try observed(HistogramObserver.self, [tensor]) }
        }
    }

    @Test func minMaxSeesEveryPosition() throws {
        for position in 0..<37 {
            var values = [Float](repeating: 0.5, count: 37)
            values[position] = -3
            values[(position + 1) % 37] = 7
            #expect(try observed(MinMaxObserver.self, [Tensor(values, shape: [37])]).extremes == -3...7)
        }
    }

    @Test func percentileIsCloseToTheSortedElements() throws {
        var random = SplitMix(state: 41)
        let values = (0..<20_000).map { _ in
            let uniform = (0..<12).reduce(Float(0)) { sum, _ in sum + random.unit() }
            return (uniform - 6) * 2
        }
        let observer = try observed(HistogramObserver.self, [Tensor(values, shape: [values.count])])
        let sorted = values.sorted()
        let format = try IntegerFormat(.uint8, isSymmetric: false)
        let range = try PercentileRange(RangeOptions(percentile: 99)).range(of: observer, for: format)
        let limit = values.map(abs).max() ?? 0
        #expect(abs(range.lowerBound - sorted[100]) < limit / 128)
        #expect(abs(range.upperBound - sorted[19_899]) < limit / 128)
        #expect(abs(observer.share(outside: range) - 0.01) < 0.001)
        let magnitudes = values.map(abs).sorted()
        let symmetric = try PercentileRange(RangeOptions(percentile: 99))
            .range(of: observer, for: IntegerFormat(.int8, isSymmetric: true))
        #expect(abs(symmetric.upperBound - magnitudes[19_799]) < limit / 128)
        #expect(symmetric.lowerBound == -symmetric.upperBound)
    }

    @Test func allOfThePercentilesIsMinMax() throws {
        let batches = Self.batches()
        let format = try IntegerFormat(.uint8, isSymmetric: false)
        let range = try PercentileRange(RangeOptions(percentile: 100))
            .range(of: observed(HistogramObserver.self, batches), for: format)
        #expect(range == MinMaxRange().range(of: try observed(MinMaxObserver.self, batches), for: format))
    }

    /// Large tensors are observed in parts; here one that lies in the middle of its storage.
    @Test func partsAreTakenFromWhereTheTensorLies() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", [1, 1, 256, 512])
        let y = try builder.convolution("conv", x, inputs: 1, outputs: 1)
        let graph = try builder.finish(y)
        var random = SplitMix(state: 5)
        let count = 256 * 512
        let both = Tensor((0..<2 * count).map { _ in random.unit() * 3 - 1 }, shape: [2, 1, 256, 512])
        let second = Tensor(
            .float32, shape: [1, 1, 256, 512], storage: both.storage, byteOffset: both.byteOffset + count * 4)
        let plan = try QuantizationPlan(for: graph)
        var calibrator = try Calibrator(graph, plan: plan, method: PercentileRange(RangeOptions()))
        try calibrator.observe(
            CalibrationSamples(count: 1) { _ in [.tensor(second)] }, executor: ReferenceExecutor())
        let node = try #require(graph.nodeIDs.first)
        let whole = Tensor(Array(both.elements(as: Float.self)[count...]), shape: [count])
        #expect(calibrator.observers[.input(node, 0)] == (try observed(HistogramObserver.self, [whole])))
    }

    @Test func optionsAreChecked() {
        #expect(throws: OctetError.self) { try RangeMethods.named("percentile", options: RangeOptions(percentile: 0)) }
        #expect(throws: OctetError.self) { try RangeMethods.named("guess") }
    }
}
