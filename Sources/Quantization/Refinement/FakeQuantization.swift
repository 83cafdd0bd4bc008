internal import TensorCore

/// What rounding to codes does to a real tensor.
struct FakeQuantization {
    private let scale: Float
    private let low: Float
    private let high: Float

    /// - Parameters:
    ///   - parameters: for the tensor as a whole.
    ///   - format: codes saturate at the limits of its element type.
    init(_ parameters: (scale: Float, zeroPoint: Int32), _ format: IntegerFormat) {
        let codes = format.elementType.integerRange ?? format.codes
        scale = parameters.scale
        low = Float(codes.lowerBound - Int(parameters.zeroPoint))
        high = Float(codes.upperBound - Int(parameters.zeroPoint))
    }

    /// What the codes stand for.
    func values(of tensor: Tensor) -> Tensor { map(tensor) { quantized, _ in quantized } }

    /// What the codes stand for, less the tensor.
    func error(of tensor: Tensor) -> Tensor { map(tensor) { quantized, real in quantized - real } }

    @inline(__always)
    private func map(_ tensor: Tensor, _ body: (Float, Float) -> Float) -> Tensor {
        let result = Tensor(.float32, shape: tensor.shape)
        // Adding 1.5 · 2²³ rounds half to even; the codes are far below 2²².
        let magic: Float = 0x1.8p23
        tensor.withElements(as: Float.self) { source in
            result.withMutableElements(as: Float.self) { target in
                for index in source.indices {
                    let real = source[index]
                    var code = real / scale
                    code = code < low ? low : code
                    code = code > high ? high : code
                    target[index] = body(((code + magic) - magic) * scale, real)
                }
            }
        }
        return result
    }
}

extension Tensor {
    /// The sum of squares of float32 elements, in an order that depends on nothing.
    var power: Double {
        withElements(as: Float.self) { values in
            let width = 8
            var sums = SIMD8<Double>(repeating: 0)
            var index = 0
            let bytes = UnsafeRawBufferPointer(values)
            while index + width <= values.count {
                let lanes = SIMD8<Double>(bytes.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self))
                sums += lanes * lanes
                index += width
            }
            var sum = sums.sum()
            while index < values.count {
                sum += Double(values[index]) * Double(values[index])
                index += 1
            }
            return sum
        }
    }
}
