import Evaluation
import Testing

struct MetricsTests {
    @Test func accuracyCountsRanks() {
        var metrics = ClassificationMetrics()
        metrics.add(scores: [0.1, 0.9, 0.2, 0, 0, 0, 0], label: 1)
        metrics.add(scores: [0.1, 0.9, 0.2, 0, 0, 0, 0], label: 2)
        metrics.add(scores: [7, 6, 5, 4, 3, 2, 1], label: 5)
        metrics.add(scores: [7, 6, 5, 4, 3, 2, 1], label: 4)
        #expect(metrics.samples == 4)
        #expect(metrics.top1 == 25)
        #expect(metrics.top5 == 75)
        #expect(metrics.agreement == nil)
    }

    /// As NumPy's `argmax`: the first of equal scores wins.
    @Test func earlierClassesWinTies() {
        #expect(ClassificationMetrics.best(of: [1, 3, 3, 2]) == 1)
        var metrics = ClassificationMetrics()
        metrics.add(scores: [3, 3, 0, 0, 0, 0], label: 1)
        metrics.add(scores: [0, 0, 0, 0, 0, 0], label: 5)
        metrics.add(scores: [0, 0, 0, 0, 0, 0], label: 4)
        #expect(metrics.top1 == 0)
        #expect(metrics.top5 == 200.0 / 3)
    }

    @Test func whatIsNoNumberRanksLast() {
        #expect(ClassificationMetrics.best(of: [.nan, -.infinity, .nan]) == 1)
        #expect(ClassificationMetrics.best(of: []) == nil)
        var metrics = ClassificationMetrics()
        metrics.add(scores: [.nan, .nan], label: 0)
        metrics.add(scores: [.nan, 1], label: 1)
        metrics.add(scores: [1], label: 3)
        metrics.add(scores: [1], label: -1)
        #expect(metrics.top1 == 25)
        #expect(metrics.top5 == 25)
    }

    @Test func agreementComparesBestClasses() {
        var first = ClassificationMetrics()
        first.add(scores: [1, 2], baseline: [0, 5])
        var second = ClassificationMetrics()
        second.add(scores: [1, 2], baseline: [5, 0])
        first.merge(second)
        #expect(first.agreement == 50)
        #expect(first.top1 == nil)
    }

    @Test func signalErrorsHaveTheirDefinitions() {
        var error = SignalError()
        error.add(reference: [3, 4], signal: [3, 5])
        #expect(abs(error.sqnr - 13.979400086720376) < 1e-12)
        #expect(abs(error.cosine - 0.9946917938265513) < 1e-15)
        #expect(error.meanSquaredError == 0.5)
    }

    @Test func signalErrorsMerge() {
        let values = (0..<1000).map { Float($0 % 37) - 11.5 }
        let changed = values.map { $0 * 1.01 + 0.25 }
        var whole = SignalError()
        var left = SignalError()
        var right = SignalError()
        whole.add(reference: Array(values[..<400]), signal: Array(changed[..<400]))
        whole.add(reference: Array(values[400...]), signal: Array(changed[400...]))
        left.add(reference: Array(values[..<400]), signal: Array(changed[..<400]))
        right.add(reference: Array(values[400...]), signal: Array(changed[400...]))
        left.merge(right)
        #expect(left == whole)
    }

    @Test func equalSignalsHaveNoError() {
        var error = SignalError()
        #expect(error.sqnr == .infinity)
        error.add(reference: [0, 0], signal: [0, 0])
        #expect(error.sqnr == .infinity)
        #expect(error.cosine == 1)
        error.add(reference: [0], signal: [1])
        #expect(error.sqnr == -.infinity)
        #expect(error.cosine == 0)
    }

    @Test func latenciesAreRanked() throws {
        let ten = try #require(LatencyStatistics(milliseconds: [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]))
        #expect(ten.minimum == 1)
        #expect(ten.median == 5.5)
        #expect(ten.percentile90 == 9)
        let one = try #require(LatencyStatistics(milliseconds: [3]))
        #expect([one.minimum, one.median, one.percentile90] == [3, 3, 3])
        #expect(LatencyStatistics(milliseconds: []) == nil)
    }

    @Test func tablesAreAligned() {
        var table = TextTable("tensor", "dB", "note")
        table.add("conv", "-3.5", "clipped")
        table.add("relu_1", "12.25")
        let expected = """
            tensor     dB  note
            ------  -----  -------
            conv     -3.5  clipped
            relu_1  12.25
            """
        #expect(table.text == expected)
    }
}
