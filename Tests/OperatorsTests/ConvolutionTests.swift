import ModelGraph
import Operators
import TensorCore
import Testing

@Suite struct ConvolutionTests {
    /// The definition, one output at a time.
    private func definition(
        _ x: [Double], _ shape: [Int], _ w: [Double], _ kernel: [Int], group: Int, stride: Int, dilation: Int, pad: Int
    ) -> [Double] {
        let (n, c, h, width) = (shape[0], shape[1], shape[2], shape[3])
        let (m, perGroup, kh, kw) = (kernel[0], kernel[1], kernel[2], kernel[3])
        let oh = (h + 2 * pad - (kh - 1) * dilation - 1) / stride + 1
        let ow = (width + 2 * pad - (kw - 1) * dilation - 1) / stride + 1
        var y: [Double] = []
        for image in 0..<n {
            for channel in 0..<m {
                for row in 0..<oh {
                    for column in 0..<ow {
                        var sum = 0.0
                        for i in 0..<perGroup {
                            for a in 0..<kh {
                                for b in 0..<kw {
                                    let r = row * stride + a * dilation - pad
                                    let s = column * stride + b * dilation - pad
                                    guard r >= 0, r < h, s >= 0, s < width else { continue }
                                    let source = channel / (m / group) * perGroup + i
                                    sum +=
                                        x[((image * c + source) * h + r) * width + s]
                                        * w[((channel * perGroup + i) * kh + a) * kw + b]
                                }
                            }
                        }
                        y.append(sum)
                    }
                }
            }
        }
        return y
    }

    @Test(arguments: [(1, 1, 1, 0), (1, 2, 1, 1), (2, 1, 2, 2), (4, 2, 2, 3), (2, 3, 1, 2)])
    func matchesItsDefinition(group: Int, stride: Int, dilation: Int, pad: Int) throws {
        let (shape, kernel) = ([2, 4, 7, 6], [8, 4 / group, 3, 2])
        let x = noise(shape.reduce(1, *), seed: 11).map { Double($0 - 128) }
        let w = noise(kernel.reduce(1, *), seed: 12).map { Double($0 - 128) }
        let op = Convolution(
            window: SpatialWindow(
                strides: [stride, stride], dilations: [dilation, dilation],
                padding: .explicit([pad, pad, pad, pad])), group: group)
        let expected = definition(
            x, shape, w, kernel, group: group, stride: stride, dilation: dilation, pad: pad)
        let found = try floats(
            op, [Tensor(x.map { Float($0) }, shape: shape), Tensor(w.map { Float($0) }, shape: kernel)])
        #expect(found == expected.map { Float($0) })
    }

    @Test func oneAndThreeSpatialAxes() throws {
        let x = Tensor([Float(1), 2, 3, 4], shape: [1, 1, 4])
        let w = Tensor([Float(1), 10], shape: [1, 1, 2])
        #expect(try floats(Convolution(), [x, w]) == [21, 32, 43])
        let cube = Tensor((0..<8).map { Float($0) }, shape: [1, 1, 2, 2, 2])
        let ones = Tensor([Float](repeating: 1, count: 8), shape: [1, 1, 2, 2, 2])
        #expect(try floats(Convolution(), [cube, ones]) == [28])
    }

    @Test func keepsSymbolicDimensions() throws {
        let type = TensorType(.float32, shape: [.symbol("N"), 3, .symbol("H"), 8])
        let weights = TensorType(.float32, fixedShape: [16, 3, 3, 3])
        let shape = try inferred(Convolution(), [type, weights])[0].tensorType?.shape
        #expect(shape == [.symbol("N"), 16, .unknown, .unknown])
    }

    @Test func refusesWhatContradicts() throws {
        let x = TensorType(.float32, fixedShape: [1, 3, 8, 8])
        let w = TensorType(.float32, fixedShape: [16, 3, 3, 3])
        for (op, weights) in [
            (Convolution(group: 2), w), (Convolution(group: 0), w),
            (Convolution(), TensorType(.float32, fixedShape: [16, 3, 9, 9])),
            (Convolution(), TensorType(.float32, fixedShape: [16, 3, 3])),
            (Convolution(window: SpatialWindow(strides: [1 << 40, 1])), w),
        ] {
            #expect(kind { _ = try inferred(op, [x, weights]) } == .invalidModel)
        }
    }

    @Test func transposedConvolutionUndoesStrides() throws {
        let x = Tensor([Float(1), 2, 3], shape: [1, 1, 3])
        let w = Tensor([Float(1), 1], shape: [1, 1, 2])
        let op = TransposedConvolution(window: SpatialWindow(strides: [2]))
        #expect(try floats(op, [x, w]) == [1, 1, 2, 2, 3, 3])
    }
}
