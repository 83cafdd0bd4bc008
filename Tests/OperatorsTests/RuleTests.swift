import ModelGraph
import Operators
import TensorCore
import Testing

@Suite struct RuleTests {
    private func rule(
        _ op: any QuantizableOperator, _ shapes: [[Int]], constants: [Int] = [], type: ElementType = .float32
    ) -> QuantizationRule? {
        op.quantizationRule(
            InferenceInputs(
                types: shapes.map { .tensor(TensorType(type, fixedShape: $0)) },
                constants: shapes.indices.map { constants.contains($0) ? Tensor(type, shape: shapes[$0]) : nil },
                outputCount: 1))
    }

    @Test func computing() {
        let convolution = [[1, 3, 8, 8], [4, 3, 3, 3], [4]]
        #expect(rule(Convolution(), convolution) == nil)
        #expect(
            rule(Convolution(), convolution, constants: [1, 2])
                == QuantizationRule(.computing, inputs: [.activation, .weight(channelAxis: 0), .bias], output: .free))
        #expect(rule(Gemm(alpha: 2), [[1, 3], [3, 4]], constants: [1]) == nil)
        #expect(rule(Gemm(transposesA: true), [[3, 1], [3, 4]], constants: [1]) == nil)
        #expect(
            rule(Gemm(transposesB: true), [[1, 3], [4, 3]], constants: [1])?.inputs[1] == .weight(channelAxis: 0))
        #expect(rule(MatrixMultiplication(), [[2, 3], [3, 4]], constants: [1])?.inputs[1] == .weight(channelAxis: 1))
        #expect(rule(MatrixMultiplication(), [[2, 3], [3, 4]])?.inputs[1] == .activation)
    }

    @Test func onlyFloatDataIsQuantized() {
        #expect(rule(Addition(), [[4], [4]], type: .int64) == nil)
        #expect(rule(Concatenation(axis: 0), [[4], [4]], type: .int64) == nil)
        #expect(rule(Reshape(), [[4], [1]], type: .float64) == nil)
        #expect(rule(Addition(), [[4], [4]])?.kind == .following)
        #expect(rule(Relu(), [[4]])?.kind == .clamping)
        #expect(rule(Concatenation(axis: 0), [[4], [4]])?.output == .sharedByAll)
        #expect(rule(GlobalAveragePool(), [[1, 2, 3, 3]])?.output == .free)
    }
}
