import ModelGraph
import Operators
import TensorCore
import Testing

/// Integer evaluation against what ONNX Runtime 1.31 gives for the QLinear operators, bit for bit.
@Suite struct QuantizedArithmeticTests {
    private let image = uint8(noise(50, seed: 1), [1, 2, 5, 5], scale: 0.02, zeroPoint: 113)
    private let a = uint8(noise(24, seed: 4), [2, 3, 4], scale: 0.031, zeroPoint: 100)
    private let b = uint8(noise(4, seed: 5), [1, 1, 4], scale: 0.017, zeroPoint: 7)

    private func codes(
        _ op: any TensorOperator, _ inputs: [Tensor?], scale: Float, zeroPoint: Int32, _ type: ElementType = .uint8
    ) throws -> [Int] {
        let output = try evaluate(
            op, inputs, quantizedTo: type, QuantizationParameters(scale: scale, zeroPoint: zeroPoint))
        return try #require(output[0].integers)
    }

    @Test func convolutionPerChannel() throws {
        let weights = Tensor(
            noise(54, seed: 2).map { Int8(max($0 - 128, -127)) }, shape: [3, 2, 3, 3],
            quantization: .init(scales: [0.003, 0.011, 0.007], zeroPoints: [0, 0, 0], axis: 0))
        let bias = Tensor(noise(3, seed: 3).map { Int32(($0 - 128) * 20) }, shape: [3])
        let window = SpatialWindow(strides: [2, 2], padding: .explicit([1, 1, 1, 1]))
        let expected = [
            143, 130, 130, 152, 139, 123, 92, 92, 138, 40, 186, 161, 215, 255, 91, 113, 103, 130, 153, 59, 152, 124, 77,
            155, 62, 12, 106,
        ]
        #expect(
            try codes(Convolution(window: window), [image, weights, bias], scale: 0.05, zeroPoint: 121) == expected)
    }

    @Test func matrixProductOfSignedCodes() throws {
        let left = Tensor(
            noise(15, seed: 6).map { Int8($0 - 128) }, shape: [3, 5], quantization: .init(scale: 0.02, zeroPoint: -5))
        let right = Tensor(
            noise(20, seed: 7).map { Int8(max($0 - 128, -127)) }, shape: [5, 4],
            quantization: .init(scales: [0.01, 0.02, 0.03, 0.04], zeroPoints: [0, 0, 0, 0], axis: 1))
        let expected = [-7, -2, 14, -42, -5, 0, -37, -3, -8, -3, -48, 16]
        #expect(try codes(MatrixMultiplication(), [left, right], scale: 0.3, zeroPoint: 3, .int8) == expected)
        #expect(try codes(Gemm(), [left, right, nil], scale: 0.3, zeroPoint: 3, .int8) == expected)
        let transposed = Tensor(
            (0..<4).flatMap { column in (0..<5).map { right.elements(as: Int8.self)[$0 * 4 + column] } },
            shape: [4, 5],
            quantization: .init(scales: [0.01, 0.02, 0.03, 0.04], zeroPoints: [0, 0, 0, 0], axis: 0))
        #expect(
            try codes(Gemm(transposesB: true), [left, transposed, nil], scale: 0.3, zeroPoint: 3, .int8) == expected)
    }

    @Test func additionIsTheFoldedForm() throws {
        let expected = [
            124, 92, 255, 164, 141, 125, 161, 182, 155, 71, 114, 160, 226, 31, 140, 244, 245, 127, 160, 166, 136, 170,
            249, 78,
        ]
        #expect(try codes(Addition(), [a, b], scale: 0.04, zeroPoint: 90) == expected)
    }

    @Test func multiplication() throws {
        let expected = [
            0, 90, 255, 135, 0, 91, 135, 171, 0, 89, 44, 125, 252, 88, 94, 255, 255, 91, 132, 138, 0, 93, 255, 0,
        ]
        #expect(try codes(Multiplication(), [a, b], scale: 0.04, zeroPoint: 90) == expected)
    }

    @Test func averages() throws {
        #expect(try codes(GlobalAveragePool(), [image], scale: 0.009, zeroPoint: 128) == [185, 133])
        let window = SpatialWindow(kernel: [2, 2], strides: [2, 2], padding: .explicit([1, 1, 0, 0]))
        let expected = [255, 150, 94, 255, 255, 178, 124, 78, 125, 111, 126, 190, 95, 210, 140, 134, 93, 78]
        #expect(try codes(AveragePool(window: window), [image], scale: 0.013, zeroPoint: 128) == expected)
    }

    @Test func softmaxOfCodes() throws {
        func codes(_ x: Tensor, _ scale: Float, _ zeroPoint: Tensor, _ target: Float, _ shift: Tensor) throws -> [Int] {
            let inputs = [x, Tensor(scalar: scale), zeroPoint, Tensor(scalar: target), shift]
            return try #require(evaluate(QuantizedSoftmax(), inputs)[0].integers)
        }
        let x: [UInt8] = [250, 255, 200, 3, 240, 251, 7, 7, 7, 7, 8, 0]
        let three = Tensor(scalar: UInt8(3))
        let unsigned = Tensor(x, shape: [2, 6])
        #expect(
            try codes(unsigned, 0.1, three, 1 / 256, Tensor(scalar: UInt8(0)))
                == [62, 102, 0, 0, 23, 69, 46, 46, 46, 46, 51, 23])
        #expect(
            try codes(unsigned, 0.02, three, 0.005, Tensor(scalar: UInt8(10)))
                == [56, 61, 27, 10, 48, 57, 44, 44, 44, 44, 45, 40])
        let signed = Tensor(x.map { Int8(bitPattern: $0 ^ 0x80) }, shape: [2, 6])
        #expect(
            try codes(signed, 0.4, Tensor(scalar: Int8(3)), 1 / 256, Tensor(scalar: Int8(-128)))
                == [-102, 63, -128, -128, -128, -89, -82, -82, -82, -82, -59, -125])
        #expect(
            try codes(
                Tensor([-128, 127, 0, 0, 0, 0] as [Int8], shape: [1, 6]), 0.4, Tensor(scalar: Int8(3)), 1 / 256,
                Tensor(scalar: Int8(-128))) == [-128, 127, -128, -128, -128, -128])
    }

    @Test func concatenationRecodes() throws {
        let wide = uint8((0..<6).flatMap { _ in noise(4, seed: 5) }, [2, 3, 4], scale: 0.017, zeroPoint: 7)
        let expected = [
            0, 66, 251, 97, 211, 65, 141, 150, 0, 119, 101, 125, 211, 65, 141, 150, 22, 33, 26, 90, 211, 65, 141, 150,
            135, 0, 68, 224, 211, 65, 141, 150, 164, 122, 99, 100, 211, 65, 141, 150, 0, 190, 241, 0, 211, 65, 141, 150,
        ]
        #expect(try codes(Concatenation(axis: 2), [a, wide], scale: 0.025, zeroPoint: 64) == expected)
    }

    @Test func clampsAreClampsOfCodes() throws {
        let x = uint8([0, 99, 100, 101, 255], [5], scale: 0.5, zeroPoint: 100)
        #expect(try codes(Relu(), [x], scale: 0.5, zeroPoint: 100) == [100, 100, 100, 101, 255])
        let six = Tensor(scalar: Float(6))
        let zero = Tensor(scalar: Float(0))
        #expect(try codes(Clip(), [x, zero, six], scale: 0.5, zeroPoint: 100) == [100, 100, 100, 101, 112])
        #expect(try codes(Relu(), [x], scale: 1, zeroPoint: 0) == [0, 0, 0, 0, 78])
    }

    @Test func borders() throws {
        let x = Tensor([Float(0.5), 1.5, 2.5, 3.5, -9, 1e9, .nan, -.infinity], shape: [8])
        #expect(try codes(Quantize(), [x], scale: 1, zeroPoint: 1) == [1, 3, 3, 5, 0, 255, 255, 0])
        let q = uint8([0, 1, 255], [3], scale: 0.25, zeroPoint: 1)
        #expect(try floats(Dequantize(), [q]) == [-0.25, 0, 63.5])
        #expect(try codes(Requantize(), [q], scale: 0.5, zeroPoint: 2) == [2, 2, 129])
    }

    @Test func movementKeepsCodes() throws {
        let x = uint8(noise(12, seed: 9), [3, 4], scale: 0.1, zeroPoint: 7)
        let values = try #require(x.integers)
        #expect(
            try codes(Transpose(), [x], scale: 0.1, zeroPoint: 7)
                == (0..<4).flatMap { column in (0..<3).map { values[$0 * 4 + column] } })
        #expect(try codes(Pad(), [x, indices([0, 1, 0, 0])], scale: 0.1, zeroPoint: 7).filter { $0 == 7 }.count >= 3)
        #expect(try codes(Reshape(), [x, indices([2, -1])], scale: 0.1, zeroPoint: 7) == values)
    }

    @Test func parametersAsInputsGiveTheSame() throws {
        func scale(_ value: Float) -> Tensor { Tensor(scalar: value) }
        func zero(_ value: UInt8) -> Tensor { Tensor(scalar: value) }
        var (plainA, plainB) = (a, b)
        plainA.quantization = nil
        plainB.quantization = nil
        let inputs = [plainA, scale(0.031), zero(100), plainB, scale(0.017), zero(7), scale(0.04), zero(90)]
        #expect(
            try integers(QuantizedAddition(), inputs) == codes(Addition(), [a, b], scale: 0.04, zeroPoint: 90))
        #expect(
            try integers(QuantizedMultiplication(), inputs)
                == codes(Multiplication(), [a, b], scale: 0.04, zeroPoint: 90))
        var plainImage = image
        plainImage.quantization = nil
        #expect(
            try integers(
                QuantizedGlobalAveragePool(), [plainImage, scale(0.02), zero(113), scale(0.009), zero(128)])
                == [185, 133])
        let joined = try integers(
            QuantizedConcatenation(axis: 0),
            [scale(0.031), zero(100), plainA, scale(0.031), zero(100), plainA, scale(0.062), zero(100)])
        #expect(Array(joined.prefix(24)) == plainA.integers)
        #expect(Array(joined.suffix(24)) == noise(24, seed: 4).map { max(0, min(255, 100 + 2 * ($0 - 100))) })
    }
}
