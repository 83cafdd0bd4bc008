import ModelGraph
import Operators
import TensorCore
import Testing

@Suite struct ElementwiseTests {
    @Test func broadcasting() throws {
        let a = Tensor([Int32(1), 2, 3], shape: [3, 1])
        let b = Tensor([Int32(10), 20], shape: [2])
        #expect(try integers(Addition(), [a, b]) == [11, 21, 12, 22, 13, 23])
        #expect(kind { _ = try evaluate(Addition(), [a, Tensor([Int32(1), 2], shape: [2, 1])]) } == .invalidModel)
        let shape = try inferred(
            Multiplication(),
            [
                TensorType(.float32, shape: [.symbol("N"), 1, 4]), TensorType(.float32, shape: [.symbol("N"), 3, 1]),
            ])[0].tensorType?.shape
        #expect(shape == [.symbol("N"), 3, 4])
    }

    @Test func integersWrapAndNeverTrap() throws {
        let least = Tensor([Int8.min], shape: [1])
        let minusOne = Tensor([Int8(-1)], shape: [1])
        #expect(try integers(Absolute(), [least]) == [-128])
        #expect(try integers(Negative(), [least]) == [-128])
        #expect(try integers(Division(), [least, minusOne]) == [-128])
        #expect(try integers(Modulo(), [least, minusOne]) == [0])
        #expect(try integers(Multiplication(), [least, minusOne]) == [-128])
        let zero = Tensor([Int8(0)], shape: [1])
        #expect(kind { _ = try evaluate(Division(), [least, zero]) } == .invalidData)
        #expect(kind { _ = try evaluate(Modulo(), [least, zero]) } == .invalidData)
        let big = Tensor([Float.infinity, -.infinity, .nan, 1e30], shape: [4])
        #expect(try evaluate(Cast(to: .int32), [big])[0].integers?.count == 4)
        #expect(try evaluate(Cast(to: .int64), [big])[0].integers == [.max, .min, 0, .max])
    }

    @Test func clipHasTheBoundsOfItsType() throws {
        let x = Tensor([Int8(-100), 0, 100], shape: [3])
        #expect(try integers(Clip(), [x, nil, Tensor(scalar: Int8(5))]) == [-100, 0, 5])
        let half = Tensor([Half(-3), Half(9)], shape: [2])
        #expect(try floats(Clip(), [half, Tensor(scalar: Float(0)), Tensor(scalar: Float(6))]) == [0, 6])
    }

    @Test func reductionsOfNothing() throws {
        let none = Tensor([Float](), shape: [2, 0])
        #expect(try floats(ReduceSum(), [none, indices([1])]) == [0, 0])
        #expect(try floats(ReduceMax(), [none, indices([1])]) == [-.infinity, -.infinity])
        let x = Tensor([Float(1), 2, 3, 4], shape: [2, 2])
        #expect(try floats(ReduceMean(), [x]) == [2.5])
        #expect(try floats(ReduceSum(emptyAxesReduceNothing: true), [x]) == [1, 2, 3, 4])
    }

    @Test func poolsOverHugeWindowsEnd() throws {
        let x = Tensor([Float(3)], shape: [1, 1, 1])
        let pad = 1 << 29
        let window = SpatialWindow(kernel: [pad + 1], strides: [pad], padding: .explicit([pad, 0]))
        #expect(try floats(MaxPool(window: window), [x]) == [3])
    }
}
