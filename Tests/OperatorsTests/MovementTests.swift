import ModelGraph
import Operators
import TensorCore
import Testing

@Suite struct MovementTests {
    private let matrix = Tensor((0..<12).map { Float($0) }, shape: [3, 4])

    @Test func sliceBackwards() throws {
        let reversed = try floats(
            Slice(), [matrix, indices([-1]), indices([.min]), indices([1]), indices([-2])])
        #expect(reversed == [3, 1, 7, 5, 11, 9])
        let empty = try evaluate(Slice(), [matrix, indices([3]), indices([1]), indices([0])])
        #expect(empty[0].shape == [0, 4])
    }

    @Test(arguments: [
        (Pad.Mode.constant, [Float(0), 0, 1, 2, 3, 0]), (.edge, [1, 1, 1, 2, 3, 3]), (.reflect, [3, 2, 1, 2, 3, 2]),
        (.wrap, [2, 3, 1, 2, 3, 1]),
    ])
    func padModes(mode: Pad.Mode, expected: [Float]) throws {
        let x = Tensor([Float(1), 2, 3], shape: [3])
        #expect(try floats(Pad(mode: mode), [x, indices([2, 1])]) == expected)
    }

    @Test func negativePadsCut() throws {
        #expect(try floats(Pad(), [matrix, indices([-1, -1, -1, -2])]) == [5])
    }

    @Test func splitsAreJoinedAgain() throws {
        let parts = try evaluate(Split(axis: 1), [matrix], outputCount: 3)
        #expect(parts.map(\.shape) == [[3, 2], [3, 2], [3, 0]])
        let joined = try floats(Concatenation(axis: -1), parts)
        #expect(joined == matrix.elements(as: Float.self))
    }

    @Test func reshapeKeepsWhatItKnows() throws {
        let x = TensorType(.float32, shape: [.symbol("N"), 8, 2, 2])
        let target = TensorType(.int64, fixedShape: [2])
        let shape = { (values: [Int64]) throws in
            try inferred(Reshape(), [x, target], constants: [1: indices(values)])[0].tensorType?.shape
        }
        #expect(try shape([0, -1]) == [.symbol("N"), 32])
        #expect(try shape([-1, 32]) == [.symbol("N"), 32])
        #expect(kind { _ = try shape([-1, -1]) } == .invalidModel)
        #expect(kind { _ = try shape([Int64.max, 4]) } == .invalidModel)
    }

    @Test func softmaxFlattensBeforeOperatorSet13() throws {
        let x = Tensor([Float](repeating: 0, count: 8), shape: [1, 2, 4])
        #expect(try floats(Softmax(axis: 1), [x]).allSatisfy { $0 == 0.5 })
        #expect(try floats(Softmax(axis: 1, flattens: true), [x]).allSatisfy { $0 == 0.125 })
    }

    @Test func stringsMoveToo() throws {
        let words = Tensor(strings: ["a", "b", "c", "d"], shape: [2, 2])
        #expect(try evaluate(Transpose(), [words])[0].strings == ["a", "c", "b", "d"])
        #expect(try evaluate(Gather(axis: 1), [words, indices([-1])])[0].strings == ["b", "d"])
        #expect(try evaluate(Concatenation(axis: 0), [words, words])[0].strings.count == 8)
    }

    @Test func indicesAreChecked() {
        #expect(kind { _ = try evaluate(Gather(), [matrix, indices([3])]) } == .invalidData)
        #expect(kind { _ = try evaluate(GatherND(), [matrix, indices([0, 4])]) } == .invalidData)
        let updates = Tensor([Float(1)], shape: [1, 1])
        let place = Tensor([Int64(-5)], shape: [1, 1])
        #expect(kind { _ = try evaluate(ScatterElements(axis: 1), [matrix, place, updates]) } == .invalidData)
    }

    @Test func resizeByHand() throws {
        let x = Tensor([Float(1), 2, 3, 4], shape: [1, 1, 2, 2])
        let scales = Tensor([Float(1), 1, 2, 2], shape: [4])
        var op = Resize()
        #expect(try floats(op, [x, nil, scales]) == [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4])
        op.mode = .linear
        op.coordinates = .alignCorners
        let corners = try floats(op, [x, nil, nil, indices([1, 1, 3, 3])])
        #expect(corners == [1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4])
    }
}
