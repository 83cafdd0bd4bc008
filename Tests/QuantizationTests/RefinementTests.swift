import GraphTestSupport
import ModelGraph
import Operators
import TensorCore
import Testing

@testable import Quantization

@Suite struct RefinementTests {
    /// Values within ±1, and one far out.
    private static func heavyTailed(outlier: Float) throws -> HistogramObserver {
        var random = SplitMix(state: 3)
        var values = (0..<20_000).map { _ in (random.unit() + random.unit() + random.unit() - 1.5) / 1.5 }
        values[777] = outlier
        var observer = HistogramObserver()
        try observer.observe(Tensor(values, shape: [values.count]), sample: 0)
        return observer
    }

    @Test(arguments: [true, false]) func searchesCutOffALoneOutlier(isSymmetric: Bool) throws {
        let observer = try Self.heavyTailed(outlier: 40)
        let format = try IntegerFormat(isSymmetric ? .int8 : .uint8, isSymmetric: isSymmetric)
        let entropy = EntropyRange().range(of: observer, for: format)
        #expect(entropy.upperBound < 10 && entropy.upperBound > 0.5)
        let least = MeanSquaredErrorRange().range(of: observer, for: format)
        #expect(least.upperBound < 40 && least.upperBound > 0.9)
        #expect(isSymmetric ? least.lowerBound == -least.upperBound : least.lowerBound < -0.7)
    }

    @Test func theLeastErrorIsNoLargerThanThatOfAnyOtherRange() throws {
        let observer = try Self.heavyTailed(outlier: 12)
        let format = try IntegerFormat(.uint8, isSymmetric: false)
        let moments = HistogramMoments(observer.bins)
        let chosen = MeanSquaredErrorRange().range(of: observer, for: format)
        let least = moments.error(from: Double(chosen.lowerBound), to: Double(chosen.upperBound), levels: 255)
        for bound in stride(from: 0.6, through: 12, by: 0.3) {
            #expect(least <= moments.error(from: Double(chosen.lowerBound), to: bound, levels: 255) * 1.01)
        }
    }

    @Test func momentsGiveTheErrorOfRoundingAndCutting() throws {
        var random = SplitMix(state: 8)
        let values = (0..<40_000).map { _ in random.unit() * 6 - 2 }
        var observer = HistogramObserver()
        try observer.observe(Tensor(values, shape: [values.count]), sample: 0)
        let format = try IntegerFormat(.uint8, isSymmetric: false)
        let range: ClosedRange<Float> = -1.5...3
        let tensor = Tensor(values, shape: [1, 2, 20_000])
        let expected = FakeQuantization(format.parameters(for: range), format)
            .errors(of: tensor, isChannelsFirst: true).reduce(0, +)
        let found = HistogramMoments(observer.bins).error(from: -1.5, to: 3, levels: 255)
        #expect(abs(found - expected) < 0.02 * expected)
    }

    @Test func averageDoesNotDependOnOrderNorOnParts() throws {
        var random = SplitMix(state: 5)
        let tensors = (0..<9).map { index in
            Tensor((0..<40).map { _ in (random.unit() - 0.4) * Float(index + 1) }, shape: [40])
        }
        func observed(_ indices: [Int]) throws -> AverageObserver {
            var observer = AverageObserver()
            for index in indices { try observer.observe(tensors[index], sample: index) }
            return observer
        }
        let forward = try observed(Array(0..<9))
        #expect(try observed([8, 3, 1, 0, 2, 7, 6, 4, 5]) == forward)
        var merged = try observed([4, 5, 6, 7, 8])
        merged.merge(try observed([0, 1, 2, 3]))
        #expect(merged == forward)
        let expected = tensors.reduce(0.0) { $0 + Double($1.elements(as: Float.self).max() ?? 0) } / 9
        #expect(abs(Double(forward.average?.upperBound ?? 0) - expected) < 1e-6 * expected)
    }

    @Test func tensorsOfOneSampleCountTogether() throws {
        var observer = AverageObserver()
        try observer.observe(Tensor([Float(1), 2], shape: [2]), sample: 0)
        try observer.observe(Tensor([Float(-3), 6], shape: [2]), sample: 0)
        try observer.observe(Tensor([Float(-1), 2], shape: [2]), sample: 1)
        #expect(observer.average == -2...4)
    }

    @Test func fakeQuantizationIsQuantizeAndDequantize() throws {
        var random = SplitMix(state: 6)
        let x = Tensor((0..<1000).map { _ in random.unit() * 5 - 2 }, shape: [1000])
        for format in [try IntegerFormat(.uint8, isSymmetric: false), try IntegerFormat(.int8, isSymmetric: true)] {
            let (scale, zeroPoint) = format.parameters(for: -1...2)
            let codes = Tensor(
                format.elementType, shape: [1000],
                quantization: QuantizationParameters(scale: scale, zeroPoint: zeroPoint))
            try Quantize().evaluate([x], into: [codes])
            let expected = try ConstantCodes.reals(of: codes).elements(as: Float.self)
            let found = FakeQuantization((scale, zeroPoint), format).values(of: x).elements(as: Float.self)
            #expect(found == expected)
        }
    }

    @Test func correctionTakesTheShiftOutOfALayer() throws {
        let (graph, samples) = try QuantizerTests.residualNetwork()
        let data = CalibrationSamples(samples.map { [$0] })
        var plan = try QuantizationPlan(for: graph, scheme: QuantizationScheme(granularity: .tensor))
        try plan.quantizeWeights(of: graph)
        var calibrator = try Calibrator(graph, plan: plan, method: MinMaxRange())
        try calibrator.observe(data, executor: ReferenceExecutor())
        calibrator.apply(to: &plan)
        let node = try #require(graph.nodeIDs.first { graph[$0].name == "conv1" })
        var statistics = LayerStatistics(graph, plan: plan, withCovariance: false)
        for (index, sample) in samples.enumerated() {
            try statistics.take(sample, of: #require(graph[node].input(0)), sample: index, ReferenceExecutor())
        }
        try BiasCorrection.apply(statistics, to: &plan, of: graph)
        guard case .values(let bias)? = plan[.input(node, 2)]?.replacement,
            let weights = graph[node].input(1).flatMap({ graph[$0].constant }), let entry = plan[.input(node, 1)],
            let parameters = entry.parameters, let input = plan.parameters(of: .input(node, 0)),
            let format = plan[plan.dominator(of: .input(node, 0))]?.format
        else {
            Issue.record("the bias of conv1 was not corrected")
            return
        }
        let codes = try ConstantCodes.codes(
            of: weights, entry, Baker.Form(elementType: .int8, parameters: parameters))
        let rounding = FakeQuantization((input.scales[0], input.zeroPoints[0]), format)
        var shifts = Array(repeating: 0.0, count: 8)
        for sample in samples {
            let expected = Tensor(.float32, shape: [1, 8, 8, 8])
            let found = Tensor(.float32, shape: [1, 8, 8, 8])
            try graph[node].op.evaluateForTest(
                graph[node].inputs.dropFirst().map { input in input.flatMap { graph[$0].constant } }, sample, expected)
            try graph[node].op.evaluateForTest(
                [try ConstantCodes.reals(of: codes), bias], rounding.values(of: sample), found)
            for (index, pair) in zip(expected.elements(as: Float.self), found.elements(as: Float.self)).enumerated() {
                shifts[index / 64] += Double(pair.0) - Double(pair.1)
            }
        }
        for shift in shifts { #expect(abs(shift) / Double(64 * samples.count) < 1e-6) }
    }

    @Test func whatDoesNotHelpIsTakenBackAndReported() throws {
        let (graph, samples) = try QuantizerTests.residualNetwork()
        let result = try QuantizerTests.quantize(graph, samples)
        #expect(
            result.report.refinements.map(\.name) == [
                "ranges chosen by layer", "bias correction", "weights rounded by layer",
            ])
        for refinement in result.report.refinements {
            #expect(refinement.isApplied == (refinement.errorAfter < refinement.errorBefore))
        }
        let demanded = try QuantizerTests.quantize(
            graph, samples, QuantizationOptions(rangeMethod: MinMaxRange(), biasCorrection: .on, weightRounding: .off))
        #expect(demanded.report.refinements.map(\.isApplied) == [true])
        let without = try QuantizerTests.quantize(
            graph, samples, QuantizationOptions(rangeMethod: MinMaxRange(), biasCorrection: .off, weightRounding: .off))
        #expect(without.report.refinements.isEmpty)
    }

    @Test func heldBackSamplesAreNotSeen() {
        let split = SampleSplit(Array(0..<256), holdsBack: true)
        #expect(split.heldBack.count == 64 && split.seen.count == 192 && split.measured.count == 64)
        #expect(Set(split.heldBack).isDisjoint(with: split.seen))
        #expect(Set(split.measured).isSubset(of: split.seen))
        let few = SampleSplit([4], holdsBack: true)
        #expect(few.seen == [4] && few.heldBack == [4])
    }
}

extension Operator {
    fileprivate func evaluateForTest(_ constants: [Tensor?], _ x: Tensor, _ y: Tensor) throws {
        guard let op = self as? any TensorOperator else { return }
        try op.evaluate([x] + constants, into: [y])
    }
}
